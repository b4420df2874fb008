// What debug information calls the values of a formula. Asked only of an image that is proven to be
// the report's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oops/decode/images.h"
#include "oops/pointer/fields.h"
#include "oops/pointer/values.h"
#include "symbols/dwarf/dwarf.h"

namespace knowhy::oops {

struct Named {
    std::string text;  // "bond_info->rx_hashtbl"
    symbols::TypeId type = symbols::kVoid;
    int64_t above = 0;        // the value is as many bytes above what is named: container_of()
    bool artificial = false;  // a macro's temporary
};

class Names {
  public:
    // `fault`: the instruction's address in the image.
    Names(symbols::OpenImage& image, uint64_t fault) : image_(image), fault_(fault) {}

    // Best first: variables that were made of it, as container_of() does, those that debug
    // information has in its register, the innermost function's first, then what it was loaded
    // from.
    std::vector<Named> of(Values& values, size_t value, unsigned depth = 0);
    // Registers of the fault by what they hold: "s2": "bond_info (struct alb_bond_info *)".
    std::map<std::string, std::string> meanings();

    [[nodiscard]] const symbols::Types& types() const { return image_.info.types(); }
    // The function or object that starts at the image's address; "" where none does.
    [[nodiscard]] std::string symbol_at(uint64_t address) const;
    // File, line and function at the fault; nullopt: debug information has none.
    std::optional<symbols::Level> at_fault();

  private:
    std::vector<Named> source_of(Values& values, const Value& value, unsigned depth);
    std::vector<Named> loaded_through(Values& values, const Value& load, unsigned depth);
    std::vector<Named> member_of(const std::vector<Named>& bases, uint64_t offset, unsigned bytes);
    [[nodiscard]] std::optional<uint64_t> constant_of(const Values& values, size_t value,
                                                      unsigned depth) const;
    std::vector<Named> containers_of(const Values& values, size_t value);
    std::vector<Named> variables_in(symbols::Register reg, uint64_t address);
    const std::vector<symbols::Variable>& variables_at(uint64_t address);

    symbols::OpenImage& image_;
    uint64_t fault_;
    std::map<uint64_t, std::vector<symbols::Variable>> variables_;
};

}  // namespace knowhy::oops
