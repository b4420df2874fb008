#include "symbols/debugfile/debug_sections.h"

#include <elf.h>

namespace knowhy::symbols {

std::string_view section_name(Elf* elf, Elf_Scn* section) {
    GElf_Shdr header;
    size_t names = 0;
    if (gelf_getshdr(section, &header) == nullptr || elf_getshdrstrndx(elf, &names) != 0) return {};
    const char* name = elf_strptr(elf, names, header.sh_name);
    return name == nullptr ? std::string_view() : name;
}

bool is_debug_section(std::string_view name) {
    return name.starts_with(".debug_");
}

Result<std::span<uint8_t>> debug_section_data(Elf_Scn* section) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) {
        return fail(ErrorKind::Usage, "a section without a header");
    }
    if ((header.sh_flags & SHF_COMPRESSED) != 0 && elf_compress(section, 0, 0) < 0) {
        return fail(ErrorKind::Usage, "a compressed section that cannot be uncompressed ({})",
                    elf_errmsg(-1));
    }
    Elf_Data* data = elf_rawdata(section, nullptr);
    if (data == nullptr || header.sh_type == SHT_NOBITS) return std::span<uint8_t>();
    return std::span<uint8_t>(static_cast<uint8_t*>(data->d_buf), data->d_size);
}

}  // namespace knowhy::symbols
