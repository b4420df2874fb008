// How often symbols/recover finds a variable again whose locations were hidden from it, and how
// often it is wrong. bench/recovery/run chooses the compilation units and adds up.
//
//   recovery_bench units FILE         the compilation units' names
//   recovery_bench rows FILE [CODE]   reads such names; for each function, class, stratum and grade
//                                     one line: unit, function, class, stratum, grade, agree,
//                                     disagree, abstain. CODE: of a module, whose debug file has
//                                     none.
//
// With SHOW=1 each disagreement is a line on stderr.
#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>

#include "symbols/dwarf/dwarf.h"
#include "symbols/locate/function.h"
#include "symbols/probe/probe.h"
#include "symbols/recover/recover.h"

using namespace knowhy;           // NOLINT(google-build-using-namespace)
using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

using Kind = Location::Kind;

struct Score {
    unsigned agree = 0;
    unsigned disagree = 0;
    unsigned abstain = 0;
};

struct Kernel {
    std::shared_ptr<const ElfFile> code;
    DebugInfo info;
    ProbeSafety safety;
    bool show = false;
};

struct Function {
    std::string unit;
    Instance instance;
    Code code;
    std::vector<Variable> variables;
    std::vector<LineRow> all_rows;
    std::vector<uint64_t> rows;  // where a statement begins
    std::map<std::tuple<std::string, std::string, Grade>, Score> scores;  // class and stratum
};

void for_each_unit(Dwarf* dwarf, const std::function<void(const std::string&, Dwarf_Die&)>& use) {
    Dwarf_Off offset = 0;
    Dwarf_Off next = 0;
    size_t header = 0;
    while (dwarf_nextcu(dwarf, offset, &next, &header, nullptr, nullptr, nullptr) == 0) {
        Dwarf_Die die;
        const char* name = nullptr;
        if (dwarf_offdie(dwarf, offset + header, &die) != nullptr) name = dwarf_diename(&die);
        if (name != nullptr) use(name, die);
        offset = next;
    }
}

int add_entry(Dwarf_Die* function, void* entries) {
    Dwarf_Addr entry = 0;
    if (dwarf_entrypc(function, &entry) == 0 && entry != 0) {
        static_cast<std::set<uint64_t>*>(entries)->insert(entry);
    }
    return DWARF_CB_OK;
}

bool same_place(const Location& a, const Location& b) {
    return a.kind == b.kind && a.base == b.base && a.offset == b.offset && a.simple == b.simple;
}

bool has_place(const Location& location) {
    return location.kind == Kind::InRegister || location.kind == Kind::InMemory ||
           (location.kind == Kind::Value && location.simple);
}

Location truth_at(const Variable& variable, uint64_t address) {
    for (const LocatedRange& range : variable.ranges) {
        if (address >= range.from && address < range.to) return range.location;
    }
    return {};
}

std::string class_of(const Function& function, const Variable& variable) {
    const bool inlined = variable.scope != function.instance.die;
    return fmt::format("{}{}", inlined ? "inlined " : "",
                       variable.parameter ? "parameter" : "local");
}

void show(const Function& function, const Variable& variable, uint64_t address,
          const Recovered& answer, const Location& truth) {
    const Arch arch = function.code.machine.arch;
    fmt::print(stderr, "{}+{:#x} {} {}: is {}, said {}\n", function.instance.function,
               address - function.instance.entry, class_of(function, variable), variable.name,
               text(truth, arch), text(answer.location, arch));
}

bool among(const Recovery& all, uint64_t row, const std::vector<Location>& places,
           const Location& place) {
    return std::any_of(places.begin(), places.end(),
                       [&](const Location& other) { return all.same_place(row, other, place); });
}

// Whether the answer, or one of those that it calls equal, is the place; or that place was loaded
// from the memory that the answer names; or, where debug information names memory, the answer holds
// what was loaded from there and nothing was written since.
bool names(const Recovery& all, uint64_t row, DieOffset die, const Recovered& answer,
           const Location& truth) {
    std::vector<Location> said = answer.also;
    said.push_back(answer.location);
    if (among(all, row, said, truth)) return true;
    const bool reload = answer.grade == Grade::MayBeStale;
    if (!reload && truth.kind != Kind::InMemory) return false;
    const auto sources = [&](const Location& of) { return all.loaded_from(row, die, of, !reload); };
    if (reload) {
        const std::vector<Location> from = sources(truth);
        return std::any_of(said.begin(), said.end(),
                           [&](const Location& place) { return among(all, row, from, place); });
    }
    return std::any_of(said.begin(), said.end(), [&](const Location& place) {
        return among(all, row, sources(place), truth);
    });
}

// `masked`: as `all`, but that it does not know where the variable is within `hidden`.
void score(const Kernel& kernel, Function& function, const Variable& variable,
           const AddressRange& hidden, const Recovery& masked, const std::string& what) {
    const Recovery all(function.code, function.variables, kernel.info.types());
    const Location at_entry = truth_at(variable, function.instance.entry);
    Location previous;
    for (const uint64_t row : function.rows) {
        const Location truth = truth_at(variable, row);
        const bool trivial = same_place(truth, at_entry) || same_place(truth, previous);
        previous = truth;
        const bool constant = truth.kind == Kind::Constant;
        if (row < hidden.from || row >= hidden.to || (!has_place(truth) && !constant)) continue;
        if (all.at(row, variable.die).grade == Grade::Gone) continue;
        const Recovered answer = masked.at(row, variable.die);
        const bool gone = answer.grade == Grade::Gone;
        const bool found = !gone && !constant && names(all, row, variable.die, answer, truth);
        const std::string stratum = constant ? "constant" : trivial ? "trivial" : "changed";
        Score& score = function.scores[{what, stratum, answer.grade}];
        ++(gone ? score.abstain : found ? score.agree : score.disagree);
        if (!gone && !found && kernel.show) show(function, variable, row, answer, truth);
    }
}

constexpr uint64_t kEnd = ~uint64_t{0};

void score_from(const Kernel& kernel, Function& function, const Variable& variable, uint64_t from,
                const std::string& what) {
    const Recovery masked(function.code, function.variables, kernel.info.types(),
                          {{variable.die, from}}, function.all_rows);
    score(kernel, function, variable, {from, kEnd}, masked, what);
}

// As if debug information had lost the variable in one of its ranges, and silence meant nothing.
void score_hole(const Kernel& kernel, Function& function, size_t number, const std::string& what) {
    std::vector<Variable> variables = function.variables;
    std::vector<LocatedRange>& ranges = variables[number].ranges;
    if (ranges.size() < 2) return;
    std::minstd_rand random(static_cast<unsigned>(variables[number].die));
    const size_t chosen = random() % ranges.size();
    const LocatedRange hidden = ranges[chosen];
    ranges.erase(ranges.begin() + static_cast<ptrdiff_t>(chosen));
    const Recovery masked(function.code, variables, kernel.info.types(), {}, function.all_rows);
    score(kernel, function, function.variables[number], {hidden.from, hidden.to}, masked,
          what + " with a gap");
}

// Debug information has only the value at entry: is it still somewhere?
void score_gaps(Function& function, const Recovery& all, const Variable& variable) {
    for (const uint64_t row : function.rows) {
        if (truth_at(variable, row).kind != Kind::Entry) continue;
        Score& score =
            function.scores[{class_of(function, variable), "entry value only", Grade::EntryValue}];
        ++(all.at(row, variable.die).grade == Grade::EntryValue ? score.abstain : score.agree);
    }
}

// The same rows in every run.
uint64_t random_row(const Function& function, const Variable& variable) {
    std::vector<uint64_t> later;
    uint64_t first = ~uint64_t{0};
    for (const LocatedRange& range : variable.ranges) first = std::min(first, range.from);
    for (const uint64_t row : function.rows) {
        if (row > first) later.push_back(row);
    }
    if (later.empty()) return ~uint64_t{0};
    std::minstd_rand random(static_cast<unsigned>(variable.die));
    return later[random() % later.size()];
}

void score_function(Kernel& kernel, Function& function) {
    const Recovery all(function.code, function.variables, kernel.info.types());
    for (size_t number = 0; number < function.variables.size(); ++number) {
        const Variable& variable = function.variables[number];
        if (variable.ranges.empty()) continue;
        score_gaps(function, all, variable);
        const std::string what = class_of(function, variable);
        if (!variable.artificial) score_hole(kernel, function, number, what);
        const bool whole = what == "parameter";
        // A clone's parameters are not where the convention puts those of its source.
        if (whole && function.instance.symbol.find('.') != std::string::npos) continue;
        score_from(kernel, function, variable, whole ? 0 : random_row(function, variable), what);
        if (what == "local") score_from(kernel, function, variable, 0, "local hidden whole");
    }
    for (const auto& [key, score] : function.scores) {
        const auto& [what, stratum, grade] = key;
        fmt::print("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", function.unit, function.instance.function,
                   what, stratum, text(grade), score.agree, score.disagree, score.abstain);
    }
}

void score_unit(Kernel& kernel, const std::string& unit, const std::set<uint64_t>& entries) {
    for (const uint64_t entry : entries) {
        const auto instance = kernel.info.function_at(entry);
        if (!instance || !*instance || (*instance)->entry != entry) continue;
        auto code = code_of(*kernel.code, kernel.safety, **instance);
        if (!code) continue;
        Function function{unit, **instance, {}, {}, {}, {}, {}};
        function.code = std::move(*code);
        function.variables = kernel.info.variables_of(entry).value();
        function.all_rows = kernel.info.rows(function.instance.ranges).value();
        for (const LineRow& row : function.all_rows) {
            const bool again = !function.rows.empty() && function.rows.back() == row.address;
            if (row.is_statement && !again && function.code.at(row.address) != nullptr) {
                function.rows.push_back(row.address);
            }
        }
        score_function(kernel, function);
    }
}

void score_units(Kernel& kernel, Dwarf* dwarf) {
    std::set<std::string> wanted;
    for (std::string line; std::getline(std::cin, line);) wanted.insert(line);
    for_each_unit(dwarf, [&](const std::string& name, Dwarf_Die& die) {
        if (!wanted.contains(name)) return;
        std::set<uint64_t> entries;
        dwarf_getfuncs(&die, add_entry, &entries, 0);
        score_unit(kernel, name, entries);
    });
}

std::shared_ptr<const ElfFile> opened(const char* path) {
    auto file = ElfFile::open(path);
    if (file) return std::make_shared<const ElfFile>(std::move(*file));
    fmt::print(stderr, "recovery_bench: {}\n", file.error().message);
    return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc == 3 || argc == 4 ? argv[1] : "";
    if (what != "units" && what != "rows") {
        fmt::print(stderr, "usage: recovery_bench units|rows FILE [CODE]\n");
        return 2;
    }
    const auto file = opened(argv[2]);
    const auto code = argc == 4 ? opened(argv[3]) : file;
    if (!file || !code) return 1;
    Dwarf* const dwarf = file->dwarf().value();
    if (what == "units") {
        for_each_unit(dwarf, [](const std::string& name, Dwarf_Die&) { fmt::print("{}\n", name); });
        return 0;
    }
    Kernel kernel{code, DebugInfo::open(file, "").value(), ProbeSafety::open(code).value(),
                  std::getenv("SHOW") != nullptr};
    score_units(kernel, dwarf);
    return 0;
}
