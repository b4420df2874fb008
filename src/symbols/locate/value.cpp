#include "symbols/locate/value.h"

#include <fmt/format.h>

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

// What holds it although debug information does not say so.
std::optional<KnownValue> recovered(OpenImage& image, const Variable& variable, uint64_t address) {
    const FunctionFacts* function = image.function_around(address);
    if (function == nullptr) return std::nullopt;
    const Recovered found = function->at(address, variable.die);
    const bool held = found.grade == Grade::ProvenCopy || found.grade == Grade::Container;
    if (!held || is_below_stack(image, found.location)) return std::nullopt;
    return KnownValue{found.location, std::string(text(found.grade)), ""};
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

std::string with_offset(const std::string& base, int64_t offset) {
    if (offset == 0) return base;
    return fmt::format("{} {} {}", base, offset < 0 ? '-' : '+', offset < 0 ? -offset : offset);
}

}  // namespace

// Of x86's old eight without the 'r'.
std::string tracer_register(Arch arch, Register number) {
    const std::string name = register_name(arch, number);
    const bool old_eight = arch == Arch::X86_64 && name.size() == 3 && name[0] == 'r' &&
                           (name[1] < '0' || name[1] > '9');
    return old_eight ? name.substr(1) : name;
}

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
    if (value.location.kind == Kind::None) value.how = elsewhere(image, variable, address);
    const bool is_slot = value.location.kind == Kind::InMemory && !variable.parameter;
    return is_slot ? in_slot(image, variable, address, std::move(value)) : value;
}

std::string bpftrace_expression(const Location& location, Arch arch, uint64_t bytes) {
    const bool scalar = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    const std::string base = fmt::format("reg(\"{}\")", tracer_register(arch, location.base));
    if (location.kind == Kind::InMemory) {
        const std::string address = with_offset(base, location.offset);
        // Of a struct or array its address is what one wants.
        return scalar ? fmt::format("*(uint{} *)({})", bytes * 8, address) : address;
    }
    std::string value;
    if (location.kind == Kind::InRegister) value = base;
    if (location.kind == Kind::Value && location.simple) value = with_offset(base, location.offset);
    if (value.empty() || !scalar) return "";
    return bytes == 8 ? value : fmt::format("(uint{})({})", bytes * 8, value);
}

}  // namespace knowhy::symbols
