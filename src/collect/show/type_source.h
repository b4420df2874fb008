// A kernel's types by name: its BTF, and its debug files for what only DWARF has.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/show/kernel_view.h"
#include "symbols/btf/kernel_types.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/dwarf.h"

namespace knowhy::collect {

class TypeSource {
  public:
    // `btf`: nullopt where the kernel has none. `files`: where debug files are; nullopt: not asked.
    TypeSource(std::optional<symbols::KernelTypes> btf, std::optional<symbols::SearchPlaces> files,
               std::string cache_dir)
        : btf_(std::move(btf)), files_(std::move(files)), cache_dir_(std::move(cache_dir)) {}

    // As KernelView has them.
    Result<TypeRef> type(std::string_view name, std::string_view module);
    std::optional<TypeRef> find(std::string_view name, std::string_view module);
    std::vector<std::string> homes(std::string_view name);
    std::optional<TypeRef> enum_with(std::string_view enumerator);
    symbols::KernelTypes* btf() { return btf_ ? &*btf_ : nullptr; }

  private:
    std::optional<TypeRef> by_btf(const std::string& name, std::string_view module);
    std::optional<TypeRef> by_dwarf(const std::string& name, std::string_view module);
    symbols::DebugInfo* debug_info(const std::string& image);
    Error unknown(std::string_view name, std::string_view module);

    std::optional<symbols::KernelTypes> btf_;
    std::optional<symbols::SearchPlaces> files_;
    std::string cache_dir_;
    std::map<std::string, std::optional<symbols::DebugInfo>> debug_infos_;  // by image
    std::string why_no_dwarf_;
};

// The bytes of an image's .BTF section; empty where it has none.
std::span<const std::byte> btf_section(const symbols::ElfFile& file);

}  // namespace knowhy::collect
