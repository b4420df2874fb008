#include "symbols/probe/image_table.h"

#include <elf.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

// Names of symbols that mark where a table or a part of the code starts or ends: few of all.
bool is_marker(std::string_view name) {
    return name.starts_with("__") ? name.starts_with("__start_") || name.starts_with("__stop_") ||
                                        name.starts_with("__alt_instructions") ||
                                        name.ends_with("_text_start") || name.ends_with("_text_end")
                                  : name.starts_with("_sinit") || name.starts_with("_einit");
}

std::optional<uint64_t> relative_type(Arch arch) {
    if (arch == Arch::Arm64) return R_AARCH64_RELATIVE;
    if (arch == Arch::Riscv64) return R_RISCV_RELATIVE;
    return std::nullopt;
}

}  // namespace

std::optional<uint64_t> relocated_value(const ElfFile& image, uint64_t address) {
    const auto relocation = image.relocation_at(address);
    if (!relocation || !relocation->target) return std::nullopt;
    return *relocation->target + static_cast<uint64_t>(relocation->addend);
}

ImageTables::ImageTables(const ElfFile& image) : image_(image) {
    image.each_symbol([&](const ElfFile::Symbol& symbol) {
        if (!is_marker(symbol.name)) return;
        const auto [known, is_new] = markers_.try_emplace(symbol.name, symbol.address);
        known->second = std::min(known->second, symbol.address);
    });
    read_start_relocations();
}

void ImageTables::read_start_relocations() {
    const auto type = relative_type(image_.machine().arch);
    const auto table = section(".rela.dyn");
    if (!type || !table) return;
    for (uint64_t at = table->from; at + sizeof(Elf64_Rela) <= table->to;
         at += sizeof(Elf64_Rela)) {
        const auto place = number(at, 8);
        const auto info = number(at + 8, 8);
        const auto value = number(at + 16, 8);
        if (place && value && info && ELF64_R_TYPE(*info) == *type) {
            start_relocations_.push_back({*place, *value});
        }
    }
    std::ranges::sort(start_relocations_, {}, &StartRelocation::at);
}

std::optional<uint64_t> ImageTables::symbol(std::string_view name) const {
    const auto found = markers_.find(name);
    return found == markers_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ImageTables::Range> ImageTables::between(std::string_view start,
                                                       std::string_view stop) const {
    const auto from = symbol(start);
    const auto to = symbol(stop);
    if (!from || !to || *to < *from) return std::nullopt;
    return within_file(*from, *to - *from);
}

std::optional<ImageTables::Range> ImageTables::section(std::string_view name) const {
    for (const ElfFile::Section& section : image_.sections()) {
        if (section.name == name) return within_file(section.address, section.size);
    }
    return std::nullopt;
}

// A damaged image may name any size; what is read is in the file.
ImageTables::Range ImageTables::within_file(uint64_t from, uint64_t bytes) const {
    return {from, from + std::min<uint64_t>(bytes, image_.bytes_at(from).size())};
}

std::optional<uint64_t> ImageTables::number(uint64_t at, unsigned bytes) const {
    if (at < window_from_ || at - window_from_ >= window_.size()) {
        window_ = image_.bytes_at(at);
        window_from_ = at;
    }
    if (window_.size() - (at - window_from_) < bytes) return std::nullopt;
    const auto data = window_.subspan(at - window_from_, bytes);
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        const unsigned shift = image_.machine().big_endian ? 8 * (bytes - 1 - i) : 8 * i;
        value |= uint64_t{data[i]} << shift;
    }
    return value;
}

std::optional<uint64_t> ImageTables::relative(uint64_t at) const {
    if (image_.relocatable()) return relocated_value(image_, at);
    const auto offset = number(at, 4);
    if (!offset) return std::nullopt;
    return at + static_cast<uint64_t>(int64_t{static_cast<int32_t>(*offset)});
}

std::optional<uint64_t> ImageTables::absolute(uint64_t at) const {
    if (image_.relocatable()) return relocated_value(image_, at);
    const auto found = std::ranges::lower_bound(start_relocations_, at, {}, &StartRelocation::at);
    if (found != start_relocations_.end() && found->at == at) return found->value;
    return number(at, image_.machine().address_bytes());
}

bool ImageTables::in_code(uint64_t address) const {
    const ElfFile::Section* const section = image_.section_of(address);
    return section != nullptr && section->code;
}

}  // namespace knowhy::symbols
