#include "symbols/locate/value.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

std::string grade_of(Kind kind) {
    if (kind == Kind::Constant) return "constant";
    if (kind == Kind::Entry) return "entry value";
    return kind == Kind::None ? "gone" : "debug information";
}

// "+0x3a1", or with its symbol where that is another one than the address's own.
std::string offset_text(const OpenImage& image, uint64_t there, uint64_t here) {
    const model::Place place = image.place(there);
    if (place.symbol == image.place(here).symbol) return "+" + hex(place.offset);
    return place.symbol + "+" + hex(place.offset);
}

// "in %r12", "in [%rsp+0x18]", "constant 0".
std::string held_in(const Location& location, Arch arch) {
    return (location.kind == Kind::Constant ? "" : "in ") + text(location, arch);
}

// Where it was last before the address, and where it is next.
std::string elsewhere(const OpenImage& image, const Variable& variable, uint64_t address) {
    const LocatedRange* last = nullptr;
    const LocatedRange* next = nullptr;
    for (const LocatedRange& range : variable.ranges) {
        const Kind kind = range.location.kind;
        if (kind == Kind::None || kind == Kind::Entry || is_below_stack(image, range.location)) {
            continue;
        }
        if (range.to <= address && (last == nullptr || range.to > last->to)) last = &range;
        if (range.from > address && (next == nullptr || range.from < next->from)) next = &range;
    }
    const Arch arch = image.info.file().machine().arch;
    std::string words;
    if (last != nullptr) {
        words = fmt::format("last {} until {}", held_in(last->location, arch),
                            offset_text(image, last->to, address));
    }
    if (next != nullptr) {
        words +=
            fmt::format("{}next {} at {}", words.empty() ? "" : ", ", held_in(next->location, arch),
                        offset_text(image, next->from, address));
    }
    return words;
}

// GCC's parts of a function that lie apart are entered by jumps only.
std::string symbol_of_hot_part(const std::string& symbol) {
    return symbol.substr(0, symbol.rfind(".cold"));
}

bool in_scope(OpenImage& image, const Variable& variable, uint64_t address) {
    const auto here = image.info.variables(address);
    return here && std::ranges::any_of(*here, [&](const Variable& other) {
               return other.die == variable.die && other.scope == variable.scope;
           });
}

// "loaded from port->sm_vars at +0x1f4; memory may have changed since"
std::string loaded_words(const OpenImage& image, const Recovered& found, uint64_t address) {
    return fmt::format("loaded{} at {}; {}", found.source.empty() ? "" : " from " + found.source,
                       offset_text(image, found.loaded_at.value_or(address), address), found.how);
}

// What holds it although debug information does not say so, or where it can be loaded again.
std::optional<KnownValue> recovered(OpenImage& image, const Variable& variable, uint64_t address) {
    const FunctionFacts* function = image.function_around(address);
    if (function == nullptr) return std::nullopt;
    const Recovered found = function->at(address, variable.die);
    if (is_below_stack(image, found.location)) return std::nullopt;
    switch (found.grade) {
        case Grade::ProvenCopy:
        case Grade::Container:
            return KnownValue{found.location, std::string(text(found.grade)), ""};
        // These do not rest on debug information about this very place.
        case Grade::PassedIn:
            if (!in_scope(image, variable, address)) return std::nullopt;
            return KnownValue{found.location, std::string(text(found.grade)),
                              "passed in before debug information places it"};
        case Grade::MayBeStale:
            if (!in_scope(image, variable, address)) return std::nullopt;
            return KnownValue{found.location, std::string(text(found.grade)),
                              loaded_words(image, found, address), found.source};
        default:
            return std::nullopt;
    }
}

// Debug information names a local's slot for the whole scope, from before anything is stored there.
KnownValue in_slot(OpenImage& image, const Variable& variable, uint64_t address, KnownValue value) {
    const FunctionFacts* function = image.function_around(address);
    if (function != nullptr && !function->may_be_set(address, variable.die)) {
        return {{}, grade_of(Kind::None), "its stack slot is not written yet"};
    }
    value.how = "a slot that may not be set yet";
    return value;
}

// "...; a probe at the entry of tcp_v4_rcv has it in %di"
std::string entry_words(const OpenImage& image, const Location& location, uint64_t address) {
    const model::Place here = image.place(address);
    std::string words = "nothing is proven to hold it now";
    if (!location.simple || here.symbol.empty()) return words;
    const Arch arch = image.info.file().machine().arch;
    words += fmt::format("; a probe at the entry of {} has it in %{}",
                         symbol_of_hot_part(here.symbol), tracer_register(arch, location.base));
    if (location.offset != 0) words += fmt::format(" ({:+})", location.offset);
    return words;
}

}  // namespace

bool is_below_stack(const OpenImage& image, const Location& location) {
    const Convention* convention = kernel_convention(image.info.file().machine().arch);
    return convention != nullptr && location.kind == Kind::InMemory &&
           location.base == convention->stack_pointer && location.offset < 0;
}

Location location_at(const OpenImage& image, const Variable& variable, uint64_t address) {
    for (const LocatedRange& range : variable.ranges) {
        if (address < range.from || address >= range.to) continue;
        return is_below_stack(image, range.location) ? Location{} : range.location;
    }
    return {};
}

KnownValue value_at(OpenImage& image, const Variable& variable, uint64_t address) {
    KnownValue value;
    value.location = location_at(image, variable, address);
    value.grade = grade_of(value.location.kind);
    if (value.location.kind == Kind::None || value.location.kind == Kind::Entry) {
        if (auto found = recovered(image, variable, address)) return *found;
    }
    if (value.location.kind == Kind::Entry) value.how = entry_words(image, value.location, address);
    if (value.location.kind == Kind::None) value.how = elsewhere(image, variable, address);
    const bool is_slot = value.location.kind == Kind::InMemory && !variable.parameter;
    return is_slot ? in_slot(image, variable, address, std::move(value)) : value;
}

}  // namespace knowhy::symbols
