// What numbers in the kernel's structs mean: which member's values or bits have names, and where
// the names come from. The kernel's own enumerators wherever it has them; tables of ours only for
// what its source has as #define, which debug information does not tell.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/named.h"
#include "collect/show/kernel_view.h"

namespace knowhy::collect {

struct NumberRule {
    std::string_view aggregate;  // the struct that the member is in, without keyword
    std::string_view member;
    enum class Form : uint8_t { Value, Masks, BitNumbers } form = Form::Value;
    std::string_view enumerator;  // one of the kernel's enum that has the names; "" for a table
    std::string_view prefix;      // that all names share, and that is left out
    std::string_view suffix;
    std::span<const Named<uint64_t>> table;
    std::string_view source;  // of a table: where the kernel's source has the names
};

// nullptr: it is a plain number.
const NumberRule* rule_for(std::string_view aggregate, std::string_view member);

struct NumberNames {
    std::map<uint64_t, std::string> names;  // by value, mask or number of the bit
    std::string from;                       // "enum netdev_priv_flags", "drivers/net/..."
};

// A rule's names in a kernel. Remembers them.
class NumberBook {
  public:
    explicit NumberBook(KernelView& view) : view_(view) {}
    const NumberNames& names(const NumberRule& rule);

  private:
    KernelView& view_;
    std::map<const NumberRule*, NumberNames> known_;
};

// "UP", "BROADCAST"; what has no name as "0x40000".
std::vector<std::string> bit_names(const NumberRule& rule, const NumberNames& names,
                                   uint64_t value);

}  // namespace knowhy::collect
