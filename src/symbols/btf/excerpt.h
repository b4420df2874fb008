// A few types out of a BTF, as a BTF of their own.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "symbols/btf/types.h"

namespace knowhy::symbols {

// Takes types and all that they hold by value; what is pointed to becomes void. For libbpf's CO-RE,
// which asks for members of the types that it knows by name, and needs to know of a pointer only
// that it is one: it then reads a hundred types instead of the kernel's hundred thousand.
class BtfExcerpt {
  public:
    explicit BtfExcerpt(const btf* source);  // must outlive it

    // By its number in the source. Functions and the like are not taken.
    Status add(uint32_t id);
    // As in a file of BTF, in this machine's byte order.
    [[nodiscard]] Result<std::vector<std::byte>> bytes() const;

  private:
    Result<uint32_t> copy(uint32_t id, unsigned levels);
    Result<uint32_t> copy_new(const btf_type* type, unsigned levels);
    Result<uint32_t> as_it_is(const btf_type* type);
    Result<uint32_t> copy_array(const btf_type* type, unsigned levels);
    Result<uint32_t> copy_aggregate(const btf_type* type, unsigned levels);
    Result<uint32_t> copy_reference(const btf_type* type, unsigned levels);
    btf_type* copied(uint32_t id);

    const btf* source_;
    BtfPtr target_;
    std::unordered_map<uint32_t, uint32_t> copies_;  // by number in the source
};

}  // namespace knowhy::symbols
