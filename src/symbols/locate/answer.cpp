#include "symbols/locate/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/text.h"
#include "symbols/locate/value.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

// "skb", or "skb of skb_share_check" where that one is inlined.
std::string label(const Variable& variable, const model::Place& place) {
    const bool outermost = variable.function == place.function;
    return outermost ? variable.name : variable.name + " of " + variable.function;
}

// A name out of a file becomes part of a command that someone will paste: nothing but C's letters
// may be in it.
bool is_plain(std::string_view symbol) {
    return !symbol.empty() && std::ranges::all_of(symbol, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '.';
    });
}

// bpftrace takes the offset from the symbol's start, and no module before it. Distributions build
// it without a disassembler: then it refuses offsets into a vmlinux that it finds (0.17), so it is
// sent elsewhere for one.
std::string bpftrace_command(const model::Place& at, const std::string& expression,
                             bool is_pointer) {
    if (!is_plain(at.symbol)) return "";
    const std::string offset = at.offset == 0 ? "" : "+" + std::to_string(at.offset);
    const bool finds_vmlinux = at.offset != 0 && at.module.empty();
    return fmt::format(R"({}bpftrace -e 'kprobe:{}{} {{ printf("{}\n", {}); }}')",
                       finds_vmlinux ? "BPFTRACE_VMLINUX=none " : "", at.symbol, offset,
                       is_pointer ? "%p" : "%llx", expression);
}

}  // namespace

std::vector<model::InlineLevel> Answerer::chain(uint64_t address) {
    std::vector<model::InlineLevel> chain;
    const auto levels = image_.info.levels(address);
    if (!levels) return chain;
    for (const Level& level : *levels) {
        chain.push_back({level.function, level.at.file, level.at.line});
    }
    return chain;
}

Result<model::LocatedInstance> Answerer::instance(const Body& body) {
    model::LocatedInstance instance;
    instance.at = image_.place(body.address);
    instance.inlined = body.inlined;
    instance.line_asked = body.line;
    instance.chain = chain(body.address);
    if (!instance.chain.empty()) {
        const model::InlineLevel& innermost = instance.chain.front();
        instance.function = innermost.function;
        instance.at.file = innermost.file;
        instance.at.line = innermost.line;
        if (instance.chain.size() > 1) instance.at.inlined = instance.chain;
    } else if (const auto line = image_.info.line(body.address); line && *line) {
        // Assembly has lines and no functions.
        instance.function = instance.at.function;
        instance.at.file = (*line)->file;
        instance.at.line = (*line)->line;
    }
    instance.source = source_.line(instance.at.file, instance.at.line);
    for (const AddressRange& range : body.ranges) {
        instance.ranges.push_back({image_.place(range.from), range.to - range.from});
    }
    instance.probe = advice(body.address);
    KW_TRY(const std::vector<Variable> variables, chosen(body));
    for (const Variable& variable : variables) {
        instance.variables.push_back(described(variable, body));
    }
    if (variable_ && !variables.empty()) {
        KW_TRY(instance.best, best(variables.front(), body));
        // A tracer would take the first of several functions of that name.
        if (instance.best && image_.symbols(instance.best->at.symbol).size() != 1) {
            instance.best->command.clear();
            instance.best->caveat = "several functions have this name";
        }
    }
    return instance;
}

Result<std::vector<Variable>> Answerer::everywhere(const Body& body) {
    KW_TRY(const std::vector<LineRow> rows, image_.info.rows(body.ranges));
    std::vector<Variable> all;
    std::set<std::pair<DieOffset, DieOffset>> known;
    const auto add_from = [&](uint64_t address) -> Status {
        KW_TRY(std::vector<Variable> here, image_.info.variables(address));
        for (Variable& variable : here) {
            if (known.emplace(variable.scope, variable.die).second)
                all.push_back(std::move(variable));
        }
        return {};
    };
    KW_CHECK_OK(add_from(body.address));
    uint64_t last = body.address;
    for (const LineRow& row : rows) {
        if (row.address != last) KW_CHECK_OK(add_from(row.address));
        last = row.address;
    }
    return all;
}

// Without a name, what is in scope at the address. With one, those of that name: the instance's own
// before its callers', and also what is in scope elsewhere in the body.
Result<std::vector<Variable>> Answerer::chosen(const Body& body) {
    KW_TRY(std::vector<Variable> variables, image_.info.variables(body.address));
    if (!variable_) return variables;
    const auto other = [&](const Variable& variable) { return variable.name != *variable_; };
    std::erase_if(variables, other);
    if (variables.empty()) {
        KW_TRY(variables, everywhere(body));
        std::erase_if(variables, other);
    }
    std::stable_partition(variables.begin(), variables.end(), [&](const Variable& variable) {
        return body.die != 0 && variable.scope == body.die;
    });
    const bool own = !variables.empty() && variables.front().scope == body.die;
    if (own) std::erase_if(variables, [&](const Variable& v) { return v.scope != body.die; });
    return variables;
}

Result<std::vector<std::string>> Answerer::names(const Body& body) {
    KW_TRY(const std::vector<Variable> all, everywhere(body));
    std::vector<std::string> names;
    for (const Variable& variable : all) {
        if (!variable.artificial && std::ranges::count(names, variable.name) == 0) {
            names.push_back(variable.name);
        }
    }
    return names;
}

model::LocatedVariable Answerer::described(const Variable& variable, const Body& body) {
    const Arch arch = image_.info.file().machine().arch;
    const KnownValue value = value_at(image_, variable, body.address);
    model::LocatedVariable described;
    described.name = variable.name;
    described.function = variable.function;
    described.type = image_.info.types().text(variable.type);
    described.parameter = variable.parameter;
    described.artificial = variable.artificial;
    if (value.location.kind != Kind::None) described.location = text(value.location, arch);
    described.grade = value.grade;
    described.how = value.how;
    described.source = value.source;
    described.fetch =
        fetch_argument(value.location, arch, image_.info.types().bytes_of(variable.type));
    for (const LocatedRange& range : variable.ranges) {
        if (range.location.kind == Kind::None || is_below_stack(image_, range.location)) continue;
        for (const AddressRange& part : body.ranges) {
            const uint64_t from = std::max(range.from, part.from);
            const uint64_t to = std::min(range.to, part.to);
            if (from >= to) continue;
            described.spans.push_back(
                {{image_.place(from), to - from}, text(range.location, arch)});
        }
    }
    std::ranges::sort(described.spans, {}, [](const auto& span) { return span.code.from.address; });
    return described;
}

model::ProbeAdvice Answerer::advice(uint64_t address) const {
    if (!image_.safety()) return {std::nullopt, {image_.safety().error().message}, std::nullopt};
    const ProbeVerdict verdict = image_.safety()->at(address);
    model::ProbeAdvice advice{verdict.safe, verdict.reasons, std::nullopt};
    if (verdict.safe) return advice;
    if (const auto nearest = nearest_safe(address)) advice.nearest = image_.place(*nearest);
    return advice;
}

// In either direction; of two as near the later one.
std::optional<uint64_t> Answerer::nearest_safe(uint64_t address) const {
    const FunctionFacts* const function = image_.function_around(address);
    if (function == nullptr) return std::nullopt;
    const auto distance = [&](uint64_t other) {
        return other > address ? other - address : address - other;
    };
    std::optional<uint64_t> nearest;
    for (const Instruction& instruction : function->code().instructions) {
        const uint64_t at = instruction.address;
        if (nearest && distance(at) > distance(*nearest)) continue;
        if (image_.safety()->at(at).safe) nearest = at;
    }
    return nearest;
}

// Whether, and how, the variable can be read by a probe at the address.
std::optional<model::BestProbe> Answerer::probe_at(const Variable& variable,
                                                   uint64_t address) const {
    const Types& types = image_.info.types();
    const Arch arch = image_.info.file().machine().arch;
    const KnownValue value = value_at(image_, variable, address);
    const Location& location = value.location;
    const std::string expression =
        bpftrace_expression(location, arch, types.bytes_of(variable.type));
    if (expression.empty() || !image_.safety()->at(address).safe) return std::nullopt;
    const model::Place place = image_.place(address);
    const bool pointer = types.pointee(variable.type).has_value();
    return model::BestProbe{place,
                            variable.name,
                            text(location, arch),
                            location.kind == Kind::InRegister,
                            value.how,
                            bpftrace_command(place, expression, pointer),
                            value.grade == text(Grade::MayBeStale)};
}

// The first place of the ranges where it is in a register, else the first where it can be read, if
// need be once more from where it was loaded.
std::optional<model::BestProbe> Answerer::best_in(const Variable& variable,
                                                  const std::vector<AddressRange>& ranges) const {
    std::optional<model::BestProbe> second;
    for (const AddressRange& range : ranges) {
        for (uint64_t at = range.from; at < range.to;) {
            const auto code = image_.code->bytes_at(at);
            if (code.empty()) break;
            const bool slot = location_at(image_, variable, at).kind == Kind::InMemory;
            auto probe = slot && second ? std::nullopt : probe_at(variable, at);
            if (probe && probe->in_register) return probe;
            if (!second || (second->stale && probe && !probe->stale)) second = std::move(probe);
            at = image_.safety()->decoder().decode(code, at).end();
        }
    }
    return second;
}

// Within the body; where it is nowhere there (a line's few instructions), behind it in the
// function, and last anywhere in the function.
Result<std::optional<model::BestProbe>> Answerer::best(const Variable& variable,
                                                       const Body& body) const {
    if (!image_.safety()) return std::nullopt;
    if (auto probe = best_in(variable, body.ranges)) return probe;
    KW_TRY(const auto function, image_.info.function_at(body.address));
    if (!function) return std::nullopt;
    for (const AddressRange& range : function->ranges) {
        if (body.address < range.from || body.address >= range.to) continue;
        if (auto probe = best_in(variable, {{body.address, range.to}})) return probe;
    }
    return best_in(variable, function->ranges);
}

// A module's fields that the loader fills in are named instead, as the bytes there mean nothing.
std::string Answerer::instruction(uint64_t address, unsigned length) const {
    const auto name_of = [&](uint64_t target) {
        const model::Place place = image_.place(target);
        if (place.symbol.empty()) return std::string();
        return place.offset == 0 ? place.symbol
                                 : fmt::format("{}+{:#x}", place.symbol, place.offset);
    };
    const auto code = image_.code->bytes_at(address);
    std::string words = image_.safety()->decoder().text(code, address, name_of);
    for (unsigned i = 0; i < length; ++i) {
        const auto relocation = image_.code->relocation_at(address + i);
        if (!relocation) continue;
        const std::string target =
            relocation->target ? name_of(*relocation->target) : std::string(relocation->symbol);
        if (!target.empty()) words += "  # " + target;
    }
    return words;
}

Result<std::vector<model::CodeLine>> Answerer::listing(const Body& body) {
    std::vector<model::CodeLine> lines;
    if (!image_.safety()) return tl::unexpected(image_.safety().error().in("no listing"));
    KW_TRY(const std::vector<LineRow> rows, image_.info.rows(body.ranges));
    KW_TRY(std::vector<Variable> variables, variable_ ? chosen(body) : everywhere(body));
    std::erase_if(variables, [](const Variable& variable) { return variable.artificial; });
    const Arch arch = image_.info.file().machine().arch;
    std::vector<std::string> now(variables.size(), "gone");
    for (const AddressRange& range : body.ranges) {
        auto row = std::ranges::lower_bound(rows, range.from, {}, &LineRow::address);
        SourceLine told;
        for (uint64_t at = range.from; at < range.to;) {
            const auto code = image_.code->bytes_at(at);
            if (code.empty()) break;
            const Instruction decoded = image_.safety()->decoder().decode(code, at);
            model::CodeLine line;
            line.at = image_.place(at);
            line.instruction = instruction(at, decoded.length);
            line.asked = at == body.address;
            for (; row != rows.end() && row->address <= at; ++row) {
                if (row->line.file == told.file && row->line.line == told.line) continue;
                told = row->line;
                line.file = told.file;
                line.line = told.line;
            }
            line.source = source_.line(line.file, line.line);
            for (size_t i = 0; i < variables.size(); ++i) {
                const Location location = location_at(image_, variables[i], at);
                std::string here = location.kind == Kind::None ? "gone" : text(location, arch);
                if (here == now[i]) continue;
                line.changes.push_back(label(variables[i], line.at) + ": " + here);
                now[i] = std::move(here);
            }
            lines.push_back(std::move(line));
            at = decoded.end();
        }
    }
    return lines;
}

}  // namespace knowhy::symbols
