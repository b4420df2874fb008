#include "oops/pointer/readings.h"

#include <fmt/format.h>

#include <algorithm>

#include "oops/pointer/classify.h"
#include "oops/pointer/namer.h"
#include "oops/pointer/origins.h"
#include "oops/pointer/ranking.h"

namespace knowhy::oops {
namespace {

using model::OopsGrade;
using model::OopsPointer;
using model::OopsReading;
using Term = Formula::Term;

constexpr uint64_t kLargestStride = 1U << 24;
constexpr uint64_t kLargestIndex = uint64_t{1} << 32;
constexpr int64_t kLargestOffset = 1 << 20;

class Reader {
  public:
    Reader(const Access& access, Values& values, Names* names)
        : access_(access),
          values_(values),
          names_(names),
          formula_(values.formula_of(*access.fault.operand)) {}

    OopsReading read() {
        say_address();
        if (shadow()) return finish();
        solve_last();
        for (const Term& term : formula_.terms) {
            (term.factor == 1 ? ones_ : multiples_).push_back(term);
        }
        say_formula();
        if (ones_.size() == 1 && multiples_.empty()) {
            member();
        } else if (ones_.size() == 1 && multiples_.size() == 1) {
            element(ones_[0], multiples_[0]);
        } else if (ones_.size() == 2 && multiples_.empty()) {
            two_alike();
        } else {
            several_indices();
        }
        return finish();
    }

  private:
    [[nodiscard]] std::optional<uint64_t> number(const Term& term) const {
        return values_.all()[term.value].number;
    }
    [[nodiscard]] Value::Origin origin(const Term& term) const {
        return values_.all()[term.value].origin;
    }
    [[nodiscard]] int64_t constant() const { return static_cast<int64_t>(formula_.constant); }
    [[nodiscard]] unsigned address_bits() const {
        return access_.arch == symbols::Arch::Mips ? 32 : 64;
    }

    void step(std::string text, OopsGrade grade, std::optional<uint64_t> address = std::nullopt,
              std::optional<uint64_t> value = std::nullopt, std::string source = "") {
        reading_.steps.push_back({std::move(text), grade, address, value, std::move(source)});
    }

    // "s1 + 24 = 0x318, the fault address".
    void say_address() {
        const uint64_t effective = *access_.fault.effective;
        const bool agrees = access_.fault.agrees.value_or(false);
        step(fmt::format("{}: {} = {:#x}{}", access_.instruction,
                         operand_text(*access_.fault.operand, access_.arch), effective,
                         agrees ? ", the fault address" : ""),
             OopsGrade::Computed, access_.address, effective);
    }

    // An address is what its terms come to: the one that is not known follows from the others.
    void solve_last() {
        uint64_t rest = *access_.fault.effective - formula_.constant;
        const Term* unknown = nullptr;
        for (const Term& term : formula_.terms) {
            if (const auto value = number(term)) {
                rest -= *value * term.factor;
            } else if (unknown != nullptr) {
                return;
            } else {
                unknown = &term;
            }
        }
        if (unknown != nullptr && unknown->factor == 1) {
            last_solved_ = {unknown->value, extended(rest, address_bits(), true)};
        }
    }
    [[nodiscard]] std::optional<uint64_t> known(const Term& term) const {
        if (const auto value = number(term)) return value;
        if (last_solved_ && last_solved_->first == term.value) return last_solved_->second;
        return std::nullopt;
    }

    // The formula in a line, where it says more than the instruction does.
    void say_formula() {
        const auto& operand = *access_.fault.operand;
        const bool plain = formula_.terms.size() == 1 && operand.base && !operand.index &&
                           values_.all()[formula_.terms[0].value].until == 0 &&
                           constant() == operand.displacement;
        if (plain || formula_.terms.empty()) return;
        std::string sum;
        for (const Term& term : ones_)
            sum += " + " + origin_text(values_, term.value, access_.arch);
        for (const Term& term : multiples_) {
            const auto index = known(term);
            sum += fmt::format(" + {} * {}",
                               index ? fmt::format("{:#x}", *index)
                                     : origin_text(values_, term.value, access_.arch),
                               static_cast<int64_t>(term.factor));
        }
        const int64_t more = constant() - operand.displacement;
        if (more != 0) sum += fmt::format(" {} {}", more < 0 ? '-' : '+', std::abs(more));
        const bool base_alone = operand.base && !operand.index;
        const std::string name =
            base_alone ? symbols::register_name(access_.arch, *operand.base) : "the address";
        const uint64_t value =
            *access_.fault.effective - static_cast<uint64_t>(operand.displacement);
        const bool all = std::ranges::all_of(
            formula_.terms, [&](const Term& term) { return known(term).has_value(); });
        step(fmt::format("{} = {}", name, sum.substr(3)),
             all ? OopsGrade::Computed : OopsGrade::Code, std::nullopt, value);
    }

    void say_origin(const Term& term, std::string_view role) {
        const Value& value = values_.all()[term.value];
        const auto text = origin_step(values_, term.value, access_.arch, role, known(term), names_);
        if (text.empty()) return;
        const OopsGrade grade =
            value.origin == Value::Origin::Unknown || value.origin == Value::Origin::Computed
                ? OopsGrade::Printed
                : OopsGrade::Code;
        std::optional<uint64_t> address;
        if (value.step) {
            address = values_.way().steps[*value.step]->address + access_.print_offset;
        }
        step(text, grade, address, known(term));
    }

    [[nodiscard]] Namer namer() { return {reading_, values_, *names_, constant(), access_.bytes}; }

    // KASAN's check of an address: its shadow lies where nothing is mapped.
    bool shadow() {
        const auto behind = behind_shadow(access_.report, *access_.fault.effective);
        if (!behind) return false;
        reading_.pointer = OopsPointer::KasanShadow;
        reading_.base = *behind;
        const PointerKind kind = classify(access_.report, *behind);
        step(fmt::format("that is KASAN's shadow of {:#x} to {:#x}: {}", *behind, *behind + 7,
                         kind.words),
             OopsGrade::Computed, std::nullopt, *behind);
        return true;
    }

    // [pointer + offset].
    void member() {
        const Term& term = ones_[0];
        const auto value = known(term);
        if (!value) return;
        const PointerKind kind = classify(access_.report, *value);
        reading_.pointer = kind.pointer;
        reading_.error = kind.error;
        say_origin(term, "the pointer");
        if (kind.exact) {
            reading_.base = *value;
            reading_.field_offset = constant();
        }
        const bool is_error = kind.pointer == OopsPointer::ErrPtr;
        // container_of() a NULL pointer gives such numbers, too; not where it was called for.
        constexpr int64_t kAlignment = 8;
        const bool ambiguous =
            is_error && *kind.error % kAlignment == 0 && is_seen_no_further(term);
        step(fmt::format("{:#x} is {}{}", *value, kind.words,
                         ambiguous ? ", or what container_of() makes of a NULL pointer" : ""),
             !kind.exact || ambiguous ? OopsGrade::Possible : OopsGrade::Computed, std::nullopt,
             *value);
        if (names_ != nullptr) namer().member(term.value, *value, kind);
    }

    [[nodiscard]] bool is_seen_no_further(const Term& term) const {
        return origin(term) == Value::Origin::Unknown || origin(term) == Value::Origin::Computed;
    }

    // [pointer + index * stride + offset].
    void element(const Term& pointer, const Term& index) {
        auto base = known(pointer);
        auto number_of = known(index);
        bool assumed = false;
        if (!base && !number_of) {
            number_of = index_from_null(index);
            if (number_of) base = 0;
            assumed = true;
        }
        const auto stride = static_cast<int64_t>(index.factor);
        if (!base || !number_of || stride <= 0 || static_cast<uint64_t>(stride) > kLargestStride) {
            return by_address();
        }
        const auto element_index = *number_of;
        if (element_index >= kLargestIndex && 0 - element_index >= kLargestIndex)
            return by_address();
        const PointerKind kind = classify(access_.report, *base);
        const bool bad = is_bad(*base);
        reading_.pointer = bad ? OopsPointer::ArrayElement
                               : classify(access_.report, *access_.fault.effective).pointer;
        if (bad) reading_.base = *base;
        if (bad) reading_.error = kind.error;
        reading_.index = element_index;
        reading_.stride = index.factor;
        reading_.field_offset = constant();
        say_origin(pointer, "the array");
        say_origin(index, "the index");
        // What lies beyond one element is of an array within a structure, or of another element.
        const bool within = constant() >= 0 && constant() < stride &&
                            (index.multiplied || !is_seen_no_further(index));
        step(fmt::format("{:#x} is {}; element {:#x} of {} bytes each{}", *base, kind.words,
                         element_index, stride,
                         constant() == 0 ? "" : fmt::format(", {:+d} in it", constant())),
             !within || !bad ? OopsGrade::Possible
             : assumed       ? (index.multiplied ? OopsGrade::BySize : OopsGrade::Possible)
                             : OopsGrade::Computed,
             std::nullopt, *base);
        if (assumed) {
            reading_.steps.back().text +=
                "; neither is printed, and no other array would be so near to address 0";
        }
        if (names_ != nullptr) namer().element(pointer.value, element_index);
    }

    // Neither the array nor the index is left in a register. An index that was widened from 32 bits
    // cannot reach from any kernel's array down to here: the array was NULL.
    [[nodiscard]] std::optional<uint64_t> index_from_null(const Term& index) const {
        const uint64_t rest = *access_.fault.effective - formula_.constant;
        const bool near = rest < kLargestIndex;
        if (!near || index.factor == 0 || rest % index.factor != 0) {
            return std::nullopt;
        }
        return rest / index.factor;
    }

    // Two registers are added: which of them is the pointer only its value can tell.
    void two_alike() {
        const auto one = known(ones_[0]);
        const auto other = known(ones_[1]);
        if (!one || !other) return by_address();
        const bool first = is_bad(*one) && is_offset(*other);
        const bool second = is_bad(*other) && is_offset(*one);
        if (first == second) return by_address();
        const Term& pointer = ones_[first ? 0 : 1];
        Term index = ones_[first ? 1 : 0];
        const Value::Origin from = origin(index);
        const bool whole = from == Value::Origin::Load || from == Value::Origin::Entry ||
                           from == Value::Origin::CallResult;
        if (access_.bytes == 1 && constant() == 0 && whole) return element(pointer, index);
        const PointerKind kind = classify(access_.report, *known(pointer));
        reading_.pointer = kind.pointer;
        reading_.error = kind.error;
        reading_.base = *known(pointer);
        say_origin(pointer, "the pointer");
        say_origin(index, "what is added to it");
        step(fmt::format("{:#x} is {}", *reading_.base, kind.words), OopsGrade::Possible);
    }

    // An element of an element: the array can be told where one part alone is a bad pointer.
    void several_indices() {
        const Term* array = nullptr;
        for (const Term& term : ones_) {
            const auto value = known(term);
            if (!value) return by_address();
            const bool bad = is_bad(*value);
            if (!bad && !is_offset(*value)) return by_address();
            if (bad && array != nullptr) return by_address();
            if (bad) array = &term;
        }
        if (array == nullptr) return by_address();
        reading_.pointer = OopsPointer::ArrayElement;
        reading_.base = known(*array);
        for (const Term& term : ones_) {
            say_origin(term, &term == array ? "the array" : "one index");
        }
        for (const Term& term : multiples_) say_origin(term, "one index");
        step(fmt::format("{:#x} is {}", *reading_.base,
                         classify(access_.report, *reading_.base).words),
             OopsGrade::Possible);
    }

    [[nodiscard]] bool is_bad(uint64_t value) const {
        const PointerKind kind = classify(access_.report, value);
        return kind.exact && kind.pointer != OopsPointer::Wild && kind.pointer != OopsPointer::User;
    }
    static bool is_offset(uint64_t value) {
        const auto offset = static_cast<int64_t>(value);
        return value != 0 && offset > -kLargestOffset && offset < kLargestOffset;
    }

    // Nothing is known but where the access went.
    void by_address() {
        const PointerKind kind = classify(access_.report, *access_.fault.effective);
        reading_.pointer = kind.pointer;
        for (const Term& term : ones_) say_origin(term, "one part");
        for (const Term& term : multiples_) say_origin(term, "one part");
        step(fmt::format("{:#x} is {}", *access_.fault.effective, kind.words), OopsGrade::Possible);
    }

    OopsReading finish() {
        reading_.grade = grade_of(reading_);
        return std::move(reading_);
    }

    const Access& access_;
    Values& values_;
    Names* names_;
    Formula formula_;
    std::vector<Term> ones_;
    std::vector<Term> multiples_;
    std::optional<std::pair<size_t, uint64_t>> last_solved_;
    OopsReading reading_;
};

}  // namespace

OopsReading read_pointer(const Access& access, Values& values, Names* names) {
    return Reader(access, values, names).read();
}

}  // namespace knowhy::oops
