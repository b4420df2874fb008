// What kind of value a bad pointer is, by its number alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/oops.h"

namespace knowhy::oops {

struct PointerKind {
    model::OopsPointer pointer = model::OopsPointer::Unknown;
    // The number is one of a kind: 0, an error that has a name, a poison to the bit. Otherwise it
    // is only near such a value, as a member's or an element's address is.
    bool exact = false;
    std::optional<int64_t> error;  // of ErrPtr, positive
    std::optional<uint64_t> near;  // the value that it is, or is near to
    std::string words;             // "ERR_PTR(-12), ENOMEM"; one phrase
};

PointerKind classify(const model::OopsReport& report, uint64_t value);

// The access that KASAN checked when it faulted at this address of its shadow: the first of 8
// bytes. nullopt: no address of the shadow, or one that is mapped.
std::optional<uint64_t> behind_shadow(const model::OopsReport& report, uint64_t address);

// "ENOMEM", also of the kernel's own that no program ever sees; "" for a number without a name.
std::string error_name(int64_t number);

bool is_canonical(const model::OopsReport& report, uint64_t address);

}  // namespace knowhy::oops
