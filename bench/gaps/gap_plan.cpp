// Real gaps, to be judged by execution: where debug information has nothing for a variable, or only
// what it was at the function's entry, and what symbols/recover answers there. bench/gaps/run puts
// kprobes at these places.
//
//   gap_plan RELEASE DEBUG_DIRECTORY IMAGE...    IMAGE: "vmlinux" (net/ of it), or a module's name
//
// One line of JSON for each function with an answer, and at the end one for each image with what
// was asked and answered:
//
//   {"symbol", "image", "section", "entry": where a probe sees what it was entered with,
//    "points": [{"offset", "cfa": [register,
//   offset],
//     "gaps": [{"variable", "class", "bytes", "entry": register, "entry_added",
//               "places": [{"fetch": "%r12" or "+24(%sp)", "added"}]}]}]}
//   {"image", "asked": {"CLASS, WHAT": [addresses, answered]}}
//
// Offsets are of the section, registers are named as kprobe_events names them. Of the places the
// first is the answer, the others are what it calls equal.
#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/dwarf.h"
#include "symbols/dwarf/frames.h"
#include "symbols/locate/function.h"
#include "symbols/locate/value.h"
#include "symbols/probe/probe.h"

using namespace knowhy;           // NOLINT(google-build-using-namespace): a program of one file
using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

using nlohmann::json;
using Kind = Location::Kind;

// A location that a probe can read: a register or memory by one, and what to add to that.
json fetched(const Location& location, Arch arch) {
    const std::string base = "%" + tracer_register(arch, location.base);
    if (location.kind == Kind::InRegister) return {{"fetch", base}, {"added", 0}};
    if (location.kind == Kind::InMemory) {
        return {{"fetch", fmt::format("{:+}({})", location.offset, base)}, {"added", 0}};
    }
    if (location.kind == Kind::Value && location.simple) {
        return {{"fetch", base}, {"added", location.offset}};
    }
    return nullptr;
}

class Planner {
  public:
    Planner(const Image& image, DebugInfo& info, ProbeSafety& safety)
        : image_(image),
          info_(info),
          safety_(safety),
          frames_(*image.debug, image.debug->dwarf().value()),
          arch_(image.debug->machine().arch) {}

    void run() {
        std::set<uint64_t> seen;
        for (const ElfFile::Symbol& symbol : image_.code->symbols()) {
            if (!symbol.function || !stays_loaded(symbol.address)) continue;
            const auto instance = info_.function_at(symbol.address);
            if (!instance || !*instance || (*instance)->entry != symbol.address) continue;
            const bool net = (*instance)->declared.file.starts_with("net/");
            if (image_.name == "vmlinux" && !net) continue;
            if (seen.insert(symbol.address).second) plan(**instance);
        }
        fmt::print("{}\n", json{{"image", image_.name}, {"asked", asked_}}.dump());
    }

  private:
    bool stays_loaded(uint64_t address) const {
        const ElfFile::Section* const section = image_.code->section_of(address);
        return section != nullptr && section->code && !section->name.starts_with(".init") &&
               !section->name.starts_with(".exit");
    }

    uint64_t section_offset(uint64_t address) const {
        return address - image_.code->section_of(address)->address;
    }

    void plan(const Instance& instance) {
        const auto facts = FunctionFacts::of(info_, *image_.code, safety_, instance);
        const auto rows = info_.rows(instance.ranges);
        if (facts == nullptr || !rows) return;
        json points = json::array();
        uint64_t last = 0;
        for (const LineRow& row : *rows) {
            if (!row.is_statement || row.address == last) continue;
            last = row.address;
            if (facts->code().at(row.address) == nullptr) continue;
            json gaps = gaps_at(instance, *facts, row.address);
            json cfa = cfa_at(row.address);
            if (gaps.empty() || cfa.is_null() || !safety_.at(row.address).safe) continue;
            points.push_back({{"offset", section_offset(row.address)},
                              {"section", image_.code->section_of(row.address)->name},
                              {"cfa", std::move(cfa)},
                              {"gaps", std::move(gaps)}});
        }
        const uint64_t entry = entry_probe(instance, facts->code());
        if (points.empty() || !safety_.at(entry).safe) return;
        const json line{{"symbol", instance.symbol},
                        {"image", image_.name},
                        {"section", image_.code->section_of(entry)->name},
                        {"entry", section_offset(entry)},
                        {"points", std::move(points)}};
        fmt::print("{}\n", line.dump());
    }

    // Behind the call of __fentry__, which changes nothing: a probe on it goes through ftrace,
    // which takes long to arm and does not count what it misses. Not where a loop comes back to.
    uint64_t entry_probe(const Instance& instance, const Code& code) const {
        const Instruction* const first = code.at(instance.entry);
        const bool alone = code.blocks[code.entry].count < 2;
        const bool site = safety_.at(instance.entry).ftrace_site;
        return first == nullptr || alone || !site ? instance.entry : first->end();
    }

    json gaps_at(const Instance& instance, const FunctionFacts& facts, uint64_t address) {
        std::set<DieOffset> in_scope;
        if (const auto here = info_.variables(address)) {
            for (const Variable& variable : *here) in_scope.insert(variable.die);
        }
        json gaps = json::array();
        for (const Variable& variable : facts.variables()) {
            const Location told = told_at(variable, address);
            const bool nothing = told.kind == Kind::None;
            if (variable.artificial || (!nothing && told.kind != Kind::Entry)) continue;
            if (!in_scope.contains(variable.die)) continue;
            const bool inlined = variable.scope != instance.die;
            const std::string what = fmt::format("{}{}", inlined ? "inlined " : "",
                                                 variable.parameter ? "parameter" : "local");
            json places = answer(facts.at(address, variable.die));
            json& count = asked_[what + ", " + kind_of_gap(variable, told)];
            if (count.is_null()) count = {0, 0};
            count[0] = count[0].get<unsigned>() + 1;
            if (places.empty()) continue;
            count[1] = count[1].get<unsigned>() + 1;
            json gap{{"variable", variable.name},
                     {"class", what},
                     {"bytes", info_.types().bytes_of(variable.type)},
                     {"places", std::move(places)}};
            if (!nothing) {
                gap["entry"] = "%" + tracer_register(arch_, told.base);
                gap["entry_added"] = told.offset;
            }
            gaps.push_back(std::move(gap));
        }
        return gaps;
    }

    static Location told_at(const Variable& variable, uint64_t address) {
        for (const LocatedRange& range : variable.ranges) {
            if (address >= range.from && address < range.to) return range.location;
        }
        return {};
    }

    static const char* kind_of_gap(const Variable& variable, const Location& told) {
        if (told.kind == Kind::Entry) return "value at entry";
        return variable.ranges.empty() ? "nothing anywhere" : "nothing here";
    }

    // As `knowhy locate` takes it: proven copies only, and no slot below the stack pointer.
    json answer(const Recovered& found) const {
        json places = json::array();
        if (found.grade != Grade::ProvenCopy && found.grade != Grade::Container) return places;
        std::vector<Location> all{found.location};
        all.insert(all.end(), found.also.begin(), found.also.end());
        for (const Location& location : all) {
            const bool below = location.kind == Kind::InMemory && location.offset < 0 &&
                               location.base == kernel_convention(arch_)->stack_pointer;
            json place = below ? json() : fetched(location, arch_);
            if (place.is_null() && places.empty()) return places;
            if (!place.is_null()) places.push_back(std::move(place));
        }
        return places;
    }

    json cfa_at(uint64_t address) {
        const auto rows = frames_.rows({address, address + 1});
        const auto& cfa = rows.front().cfa;
        if (cfa.size() != 1 || cfa.front().atom != DW_OP_bregx) return nullptr;
        const auto base = static_cast<Register>(cfa.front().number);
        return {"%" + tracer_register(arch_, base), static_cast<int64_t>(cfa.front().number2)};
    }

    const Image& image_;
    DebugInfo& info_;
    ProbeSafety& safety_;
    Frames frames_;
    Arch arch_;
    json asked_ = json::object();
};

Status plan_image(const ImageFinder& finder, const std::string& name) {
    KW_TRY(const Image image, name == "vmlinux" ? finder.vmlinux() : finder.module(name));
    if (!image.debug || !image.code) return fail(ErrorKind::Usage, "{}", image.problem);
    KW_TRY(DebugInfo info, DebugInfo::open(image.debug, ""));
    KW_TRY(ProbeSafety safety, ProbeSafety::open(image.code));
    Planner(image, info, safety).run();
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        fmt::print(stderr, "usage: gap_plan RELEASE DEBUG_DIRECTORY IMAGE...\n");
        return 2;
    }
    SearchPlaces places;
    places.release = argv[1];
    places.debug_dirs = {argv[2]};
    const auto finder = ImageFinder::open(places);
    Status done = finder ? Status{} : tl::unexpected(finder.error());
    for (int i = 3; i < argc && done; ++i) done = plan_image(*finder, argv[i]);
    if (!done) fmt::print(stderr, "gap_plan: {}\n", done.error().message);
    return done ? 0 : 1;
}
