#include "collect/show/type_source.h"

#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "base/text.h"

namespace knowhy::collect {
namespace {

constexpr std::array<std::string_view, 3> kKeywords = {"struct ", "union ", "enum "};

bool has_keyword(std::string_view name) {
    return std::any_of(kKeywords.begin(), kKeywords.end(),
                       [&](std::string_view keyword) { return name.starts_with(keyword); });
}

std::string_view without_keyword(std::string_view name) {
    for (const std::string_view keyword : kKeywords)
        if (name.starts_with(keyword)) return name.substr(keyword.size());
    return name;
}

// What a name can mean, as it is written first.
std::vector<std::string> meanings(std::string_view name) {
    std::vector<std::string> all = {std::string(name)};
    if (has_keyword(name)) return all;
    for (const std::string_view keyword : kKeywords)
        all.push_back(fmt::format("{}{}", keyword, name));
    return all;
}

}  // namespace

std::span<const std::byte> btf_section(const symbols::ElfFile& file) {
    for (const auto& section : file.sections()) {
        if (section.name != ".BTF") continue;
        const auto bytes = file.bytes_at(section.address);
        return std::as_bytes(bytes.first(std::min<size_t>(bytes.size(), section.size)));
    }
    // A module's is not allocated, so that it has no address.
    return std::as_bytes(file.debug_section(".BTF"));
}

std::optional<TypeRef> TypeSource::by_btf(const std::string& name, std::string_view module) {
    if (!btf_) return std::nullopt;
    const symbols::Types* const types = btf_->types().get();
    const std::string where(module == "vmlinux" ? "" : module);
    if (const auto there = btf_->named_in(name, where)) return TypeRef{types, *there, where};
    if (!module.empty()) return std::nullopt;
    const auto anywhere = btf_->all_named(name);
    if (anywhere.empty()) return std::nullopt;
    return TypeRef{types, anywhere.front().type, anywhere.front().module};
}

symbols::DebugInfo* TypeSource::debug_info(const std::string& image) {
    if (!files_) return nullptr;
    const auto known = debug_infos_.find(image);
    if (known != debug_infos_.end()) return known->second ? &*known->second : nullptr;
    auto& made = debug_infos_[image];
    const auto finder = symbols::ImageFinder::open(*files_);
    if (!finder) {
        why_no_dwarf_ = finder.error().message;
        return nullptr;
    }
    const auto file = image == "vmlinux" ? finder->vmlinux() : finder->module(image);
    if (!file || file->debug == nullptr) {
        why_no_dwarf_ = file ? file->problem : file.error().message;
        return nullptr;
    }
    auto opened = symbols::DebugInfo::open(file->debug, cache_dir_);
    if (opened) made = std::move(*opened);
    return made ? &*made : nullptr;
}

std::optional<TypeRef> TypeSource::by_dwarf(const std::string& name, std::string_view module) {
    const std::string image(module.empty() ? "vmlinux" : module);
    symbols::DebugInfo* const debug = debug_info(image);
    if (debug == nullptr) return std::nullopt;
    const auto found = debug->type_named(name);
    if (!found || !*found) return std::nullopt;
    return TypeRef{&debug->types(), **found, image == "vmlinux" ? "" : image};
}

std::optional<TypeRef> TypeSource::find(std::string_view name, std::string_view module) {
    for (const std::string& meant : meanings(name))
        if (auto found = by_btf(meant, module)) return found;
    for (const std::string& meant : meanings(name))
        if (auto found = by_dwarf(meant, module)) return found;
    return std::nullopt;
}

Result<TypeRef> TypeSource::type(std::string_view name, std::string_view module) {
    if (auto found = find(name, module)) return *found;
    return tl::unexpected(unknown(name, module));
}

Error TypeSource::unknown(std::string_view name, std::string_view module) {
    std::string words = fmt::format("no type '{}'", escaped(name));
    if (!module.empty()) words += fmt::format(" in {}", escaped(module));
    std::vector<std::string> names;
    if (btf_) {
        btf_->each_type_name([&](std::string_view known) {
            names.emplace_back(has_keyword(name) ? known : without_keyword(known));
        });
    }
    if (const auto near = nearest(std::string(name), names); near && *near != name)
        words += fmt::format("; did you mean '{}'?", *near);
    else if (!why_no_dwarf_.empty())
        words += "; " + why_no_dwarf_;
    else
        words += " (a module's types are known while it is loaded)";
    return {ErrorKind::Usage, std::move(words)};
}

std::vector<std::string> TypeSource::homes(std::string_view name) {
    std::vector<std::string> modules;
    if (!btf_) return modules;
    for (const std::string& meant : meanings(name))
        for (const auto& found : btf_->all_named(meant)) modules.push_back(found.module);
    return modules;
}

std::optional<TypeRef> TypeSource::enum_with(std::string_view enumerator) {
    const auto found = btf_ ? btf_->enumerator(enumerator) : std::nullopt;
    if (!found) return std::nullopt;
    return TypeRef{btf_->types().get(), found->type, ""};
}

}  // namespace knowhy::collect
