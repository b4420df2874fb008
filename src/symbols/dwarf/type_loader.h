// Types out of DWARF into symbols::Types, each when it is first looked at: what one variable's type
// leads to, through pointers, is half the kernel.
#pragma once

#include <elfutils/libdw.h>

#include <map>
#include <string>
#include <unordered_map>

#include "symbols/dwarf/dwarf.h"
#include "symbols/types/types.h"

namespace knowhy::symbols {

class TypeLoader {
  public:
    TypeLoader(Dwarf* dwarf, Machine machine);
    TypeLoader(const TypeLoader&) = delete;
    TypeLoader& operator=(const TypeLoader&) = delete;

    [[nodiscard]] const Types& types() const { return types_; }
    // The type that the entry's DW_AT_type names, its own or its origin's; kVoid: none.
    TypeId type_of(Dwarf_Die& entry);
    // The type that the entry is.
    TypeId type_at(DieOffset offset);

  private:
    void fill(TypeId id);
    void fill_base(Dwarf_Die& die, Type& type) const;
    void fill_array(Dwarf_Die& die, Type& type);
    void fill_members(Dwarf_Die& die, Type& type);
    void fill_parameters(Dwarf_Die& die, Type& type);
    static void fill_enumerators(Dwarf_Die& die, Type& type);
    [[nodiscard]] Member member(Dwarf_Die& die);

    Dwarf* dwarf_;
    Machine machine_;
    Types types_;
    std::unordered_map<DieOffset, TypeId> ids_;
    std::unordered_map<TypeId, DieOffset> sources_;
    // Every unit has its own entry of the same struct: tag, name, size and line tell that it is.
    std::map<std::string, TypeId> same_;
};

}  // namespace knowhy::symbols
