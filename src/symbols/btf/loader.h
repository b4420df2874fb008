// BTF into the one type model (symbols/types).
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "symbols/btf/types.h"
#include "symbols/types/types.h"

namespace knowhy::symbols {

// Adds a type, and all that it refers to, when it is first asked for. What BTF does not tell apart
// stays so: `[]` and `[0]` are both flexible, since both have no elements there. Type tags (__user,
// __rcu) are left out.
class BtfLoader {
  public:
    // Both must outlive the loader. `first_id`: as TypeIndex has it.
    BtfLoader(const btf* source, uint32_t first_id, Types& types);

    // kVoid for id 0 and for one that does not exist.
    TypeId load(uint32_t btf_id);
    // "struct sk_buff", "union ...", "enum ...", or the name of a typedef or a base type.
    std::optional<TypeId> named(std::string_view name);
    // The prototype of a function, its parameters with their names.
    std::optional<TypeId> function(std::string_view name);
    [[nodiscard]] const TypeIndex& index() const { return index_; }

  private:
    std::optional<TypeId> find(std::string_view name, uint32_t kinds);
    TypeId reference(uint32_t btf_id);
    void read_pending();
    Type read(const btf_type* source);
    void read_members(const btf_type* source, Type& type);
    void read_parameters(const btf_type* source, Type& type);
    Member read_member(const btf_type* aggregate, unsigned index);

    const btf* btf_;
    TypeIndex index_;
    Types& types_;
    std::unordered_map<uint32_t, TypeId> loaded_;
    std::vector<uint32_t> pending_;  // have an id, are not read yet
};

}  // namespace knowhy::symbols
