// One BTF object's named types: found by name in one step, where libbpf looks at all of them.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::symbols {

struct BtfDeleter {
    void operator()(btf* types) const { btf__free(types); }
};
using BtfPtr = std::unique_ptr<btf, BtfDeleter>;

// A set of BTF_KIND_*.
constexpr uint32_t kind_bit(unsigned kind) {
    return 1U << kind;
}
constexpr uint32_t kEnums = kind_bit(BTF_KIND_ENUM) | kind_bit(BTF_KIND_ENUM64);
constexpr uint32_t kAggregates = kind_bit(BTF_KIND_STRUCT) | kind_bit(BTF_KIND_UNION);
constexpr uint32_t kFunctions = kind_bit(BTF_KIND_FUNC);
constexpr uint32_t kTypedefs = kind_bit(BTF_KIND_TYPEDEF);
constexpr uint32_t kBaseTypes = kind_bit(BTF_KIND_INT) | kind_bit(BTF_KIND_FLOAT);

// An index over the types from `first_id` on: 1 for vmlinux, the base's type count for the split
// BTF of a module. `types` must outlive it.
class TypeIndex {
  public:
    TypeIndex(const btf* types, uint32_t first_id);

    // The first type of that name and one of those kinds, or nullptr.
    [[nodiscard]] const btf_type* find(std::string_view name, uint32_t kinds) const;
    // Its number, or nullopt.
    [[nodiscard]] std::optional<uint32_t> find_id(std::string_view name, uint32_t kinds) const;
    // The numbers of all of that name and those kinds.
    [[nodiscard]] std::vector<uint32_t> find_all(std::string_view name, uint32_t kinds) const;

  private:
    // Calls `goes_on` with each of that name and those kinds until it says no.
    template <class Visit>
    void probe(std::string_view name, uint32_t kinds, const Visit& goes_on) const;

    const btf* types_;
    std::vector<uint32_t> slots_;  // open addressing by the name's hash; 0 is a free slot
};

// A string of the BTF; "" for an offset that is none.
std::string_view text_at(const btf* types, uint32_t offset);
std::string_view name_of(const btf* types, const btf_type* type);

// Calls `visit` for each enumerator of an ENUM or ENUM64. Values keep their sign where the BTF says
// that the enum has one.
void for_each_enumerator(const btf* types, const btf_type* type,
                         const std::function<void(std::string_view name, int64_t value)>& visit);

// True when a struct or union has this member, also within members without a name.
bool has_member(const btf* types, const btf_type* type, std::string_view member);

}  // namespace knowhy::symbols
