// Whole values as texts, as SystemTap writes them: `{.len=84, .dev=0xffff888003f1a800, ...}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/sema/lowering.h"

namespace knowhy::lang {

// A text under composition: what is printed, and the values in it.
class Composition {
  public:
    // SystemTap prints no more of a structure.
    static constexpr size_t kMostValues = 32;

    void text(std::string_view more);
    void value(std::string_view conversion, const Value& value);
    [[nodiscard]] bool is_full() const { return values_.size() >= kMostValues; }
    [[nodiscard]] bool is_empty() const { return format_.empty(); }
    Value made(Lowering& lowering) const;

  private:
    std::string format_;
    std::vector<Value> values_;
};

constexpr unsigned kAllLevels = 16;  // deeper than structures of the kernel are nested

// `levels`: how deep structures in it are told; below that they are "{...}". A pointer stands for
// the structure that it points to.
void add_whole(Composition& into, Lowering& lowering, const Value& value, unsigned levels);

}  // namespace knowhy::lang
