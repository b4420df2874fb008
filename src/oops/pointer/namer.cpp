#include "oops/pointer/namer.h"

#include <fmt/format.h>

#include <algorithm>

namespace knowhy::oops {

using model::OopsGrade;

void Namer::add_step(std::string text, std::string source) {
    reading_.steps.push_back(
        {std::move(text), OopsGrade::DebugInfo, std::nullopt, std::nullopt, std::move(source)});
}

void Namer::member(size_t index, uint64_t value, const PointerKind& kind) {
    for (const Named& named : names_.of(values_, index)) {
        const auto pointee = names_.types().pointee(named.type);
        const int64_t offset = constant_ + named.above;
        if (named.above != 0 && !pointee) continue;
        if (!pointee) {  // an object's name, or a number: no field can be told
            if (reading_.variable.empty() && !named.artificial) take_name(named, "");
            continue;
        }
        std::vector<AccessedField> fields;
        if (offset >= 0) {
            fields = fields_at(names_.types(), *pointee, static_cast<uint64_t>(offset), bytes_);
        }
        if (fields.empty()) {  // an element before it, or what it is contained in
            const bool whole = named.above == 0 && !named.artificial;
            if (reading_.variable.empty() && whole) take_name(named, "");
            continue;
        }
        // The variable itself is NULL, and the register some way above.
        if (named.above > 0 && value == static_cast<uint64_t>(named.above) && !kind.exact) {
            reading_.base = 0;
            reading_.field_offset = offset;
            reading_.steps.back().grade = OopsGrade::DebugInfo;
        }
        take_name(named, names_.types().text(*pointee));
        take_fields(fields, named.text + "->", offset);
        return;
    }
}

// A stride and an offset that the type has are no coincidence.
void Namer::trust_numbers() {
    if (reading_.pointer != model::OopsPointer::ArrayElement) return;
    for (auto& step : reading_.steps) step.grade = std::min(step.grade, OopsGrade::DebugInfo);
}

void Namer::take_name(const Named& named, std::string type) {
    const bool bracketed = named.text.starts_with("(*");  // for what is put behind it
    reading_.variable = bracketed ? named.text.substr(1, named.text.size() - 2) : named.text;
    reading_.type = std::move(type);
}

void Namer::take_fields(const std::vector<AccessedField>& fields, const std::string& before,
                        int64_t offset) {
    if (fields.size() == 1) {
        reading_.field = fields[0].path;
        reading_.expression =
            fields[0].path.empty() ? "*" + reading_.variable : before + fields[0].path;
        add_step(fmt::format("{} is at {:#x} of {}",
                             fields[0].path.empty() ? "what it points to" : fields[0].path, offset,
                             reading_.type),
                 reading_.expression);
        return;
    }
    std::string all;
    for (const AccessedField& field : fields) {
        all += (all.empty() ? "" : ", ") + field.path;
    }
    add_step(fmt::format("several members of {} are there: {}", reading_.type, all));
}

void Namer::element(size_t pointer, uint64_t index) {
    const auto& types = names_.types();
    const auto stride = *reading_.stride;
    for (const Named& named : names_.of(values_, pointer)) {
        const auto pointee = types.pointee(named.type);
        if (!pointee || named.above != 0 || constant_ < 0) continue;
        const auto offset = static_cast<uint64_t>(constant_);
        if (types.bytes_of(*pointee) == stride && offset < stride) {
            const auto fields = fields_at(types, *pointee, offset, bytes_);
            if (fields.empty()) continue;
            trust_numbers();
            take_name(named, types.text(*pointee));
            const std::string element = fmt::format("{}[{}]", named.text, index);
            take_fields(fields, element + ".", constant_);
            if (fields.size() == 1 && fields[0].path.empty()) reading_.expression = element;
            return;
        }
        if (array_inside(named, *pointee, offset, index)) return;
    }
}

// An array that is a member of what the pointer points to.
bool Namer::array_inside(const Named& named, symbols::TypeId pointee, uint64_t offset,
                         uint64_t index) {
    const auto& types = names_.types();
    const auto first = fields_at(types, pointee, offset, bytes_);
    const auto there = fields_at(types, pointee, offset + index * *reading_.stride, bytes_);
    if (first.size() != 1 || there.size() != 1) return false;
    const std::string& path = there[0].path;
    const size_t bracket = path.find('[');
    const bool array = bracket != std::string::npos &&
                       first[0].path.starts_with(path.substr(0, bracket) + "[0]") &&
                       path.substr(bracket).starts_with(fmt::format("[{}]", index));
    if (!array) return false;
    take_name(named, types.text(pointee));
    trust_numbers();
    take_fields(there, named.text + "->", reading_.field_offset.value_or(0));
    return true;
}

}  // namespace knowhy::oops
