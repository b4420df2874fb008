#include "bpf/load/core_types.h"

#include <bpf/btf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "bpf/load/object.h"

namespace knowhy::bpf {
namespace {

// "sk_buff" of "sk_buff___old", which is one of several layouts that a program is ready for.
std::string without_flavor(std::string_view name) {
    return std::string(name.substr(0, name.find("___")));
}

std::vector<std::string> names_of_types(const bpf_object& object) {
    std::vector<std::string> names;
    const btf* const types = bpf_object__btf(&object);
    for (uint32_t id = 1; types != nullptr && id < btf__type_cnt(types); ++id) {
        const btf_type* const type = btf__type_by_id(types, id);
        if (!btf_is_composite(type) && !btf_is_any_enum(type)) continue;
        const std::string name = without_flavor(btf__name_by_offset(types, type->name_off));
        if (!name.empty()) names.push_back(name);
    }
    return names;
}

}  // namespace

Result<UniqueFd> core_types(std::span<const std::byte> object, const symbols::KernelBtf& btf) {
    const Object opened(bpf_object__open_mem(object.data(), object.size(), nullptr));
    if (!opened) return fail_errno(errno, "opening a BPF object");
    KW_TRY(const auto bytes, btf.excerpt(names_of_types(*opened)));
    UniqueFd file(::memfd_create("knowhy-types", MFD_CLOEXEC));
    if (!file.valid()) return fail_errno(errno, "making a file in memory");
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (const int error = write_all(file.get(), text); error != 0)
        return fail_errno(error, "writing a file in memory");
    return file;
}

}  // namespace knowhy::bpf
