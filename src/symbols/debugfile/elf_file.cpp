#include <elf.h>
#include <sys/mman.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "symbols/debugfile/build_id.h"
#include "symbols/debugfile/debug_sections.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/debugfile/elf_symbols.h"
#include "symbols/debugfile/file_bytes.h"
#include "symbols/debugfile/relocate.h"

namespace knowhy::symbols {
namespace {

std::optional<Arch> arch_of(const GElf_Ehdr& header) {
    const bool wide = header.e_ident[EI_CLASS] == ELFCLASS64;
    switch (header.e_machine) {
        case EM_X86_64:
            return Arch::X86_64;
        case EM_386:
            return Arch::I386;
        case EM_AARCH64:
            return Arch::Arm64;
        case EM_ARM:
            return Arch::Arm;
        case EM_MIPS:
            return wide ? Arch::Mips64 : Arch::Mips;
        case EM_RISCV:
            return wide ? std::optional(Arch::Riscv64) : std::nullopt;
        case EM_PPC64:
            return Arch::Ppc64;
        case EM_S390:
            return wide ? std::optional(Arch::S390x) : std::nullopt;
        default:
            return std::nullopt;
    }
}

Result<Machine> machine_of(const GElf_Ehdr& header) {
    const auto arch = arch_of(header);
    if (!arch) {
        return fail(ErrorKind::Unsupported, "an ELF file for machine {}, which is not known here",
                    header.e_machine);
    }
    return Machine{*arch, header.e_ident[EI_DATA] == ELFDATA2MSB, header.e_flags};
}

// Modules are placed from here: address 0 stays free, as it marks code that the linker threw away.
constexpr uint64_t kFirstPlace = 0x1000;
// No section is placed beyond: sums of addresses and sizes cannot overflow.
constexpr uint64_t kPlacesEnd = uint64_t{1} << 47;

struct ElfCloser {
    void operator()(Elf* elf) const { elf_end(elf); }
};
struct DwarfCloser {
    void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
};

}  // namespace

struct ElfFile::Impl {
    std::string path;
    FileBytes file;
    std::unique_ptr<Elf, ElfCloser> elf;
    GElf_Ehdr header = {};
    Machine machine;
    std::optional<BuildId> build_id;
    std::vector<Section> sections;        // the allocated ones, by address
    std::vector<size_t> section_indices;  // of those, in the file
    std::vector<uint64_t> addresses;      // of all, by index
    std::map<std::string, size_t> debug;  // index by name
    std::map<size_t, std::vector<Relocations::Entry>> relocations;  // by section, once asked for
    std::unique_ptr<Dwarf, DwarfCloser> dwarf;
    bool dwarf_asked = false;
    std::string dwarf_problem;
    ElfSymbols symbols;
    // Whether pages are the only copy of what they hold: relocations were applied, or libelf
    // changes section headers as it uncompresses.
    bool changed_in_memory = false;

    Impl(std::string at, FileBytes bytes) : path(std::move(at)), file(std::move(bytes)) {}
    Status read();
    Status read_sections();
    Status place(GElf_Shdr& section, uint64_t& next) const;
    [[nodiscard]] bool relocatable() const { return header.e_type == ET_REL; }
    [[nodiscard]] Relocations relocation_tables() const { return {elf.get(), machine, addresses}; }
    [[nodiscard]] std::span<const uint8_t> bytes_of(size_t section_index) const;
    Status open_dwarf();
};

Status ElfFile::Impl::read() {
    static const unsigned version = elf_version(EV_CURRENT);
    (void)version;
    const std::span<uint8_t> bytes = file.bytes();
    elf.reset(elf_memory(reinterpret_cast<char*>(bytes.data()), bytes.size()));
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr) {
        return fail(ErrorKind::Usage, "not an ELF file, or a damaged one");
    }
    KW_TRY(machine, machine_of(header));
    KW_CHECK_OK(read_sections());
    symbols = ElfSymbols(elf.get(), addresses, relocatable());
    build_id = build_id_in(elf.get());
    return {};
}

Status ElfFile::Impl::place(GElf_Shdr& section, uint64_t& next) const {
    if (relocatable()) {
        const uint64_t align = std::max<uint64_t>(section.sh_addralign, 1);
        if ((align & (align - 1)) != 0 || align > kPlacesEnd) {
            return fail(ErrorKind::Usage, "a section aligned to {}", align);
        }
        section.sh_addr = (next + align - 1) & ~(align - 1);
        if (section.sh_addr > kPlacesEnd || section.sh_size > kPlacesEnd - section.sh_addr) {
            return fail(ErrorKind::Usage, "a section of {} bytes", section.sh_size);
        }
        next = section.sh_addr + section.sh_size;
    } else if (section.sh_size > ~section.sh_addr) {
        return fail(ErrorKind::Usage, "a section of {} bytes", section.sh_size);
    }
    return {};
}

Status ElfFile::Impl::read_sections() {
    size_t count = 0;
    const bool cut_off = header.e_shoff >= file.bytes().size();
    if (cut_off || elf_getshdrnum(elf.get(), &count) != 0 || count == 0) {
        return fail(ErrorKind::Usage, "an ELF file without section headers, or cut off");
    }
    uint64_t next = kFirstPlace;
    addresses.push_back(0);  // section 0 is none
    for (Elf_Scn* scn = nullptr; (scn = elf_nextscn(elf.get(), scn)) != nullptr;) {
        GElf_Shdr section;
        if (gelf_getshdr(scn, &section) == nullptr) {
            return fail(ErrorKind::Usage, "a damaged section header");
        }
        const std::string_view name = section_name(elf.get(), scn);
        if ((section.sh_flags & SHF_ALLOC) == 0) {
            if (is_debug_section(name)) debug.try_emplace(std::string(name), addresses.size());
            if ((section.sh_flags & SHF_COMPRESSED) != 0) changed_in_memory = true;
            addresses.push_back(0);
            continue;
        }
        KW_CHECK_OK(place(section, next));
        sections.push_back({std::string(name), section.sh_addr, section.sh_size,
                            (section.sh_flags & SHF_EXECINSTR) != 0});
        section_indices.push_back(addresses.size());
        addresses.push_back(section.sh_addr);
    }
    return {};
}

std::span<const uint8_t> ElfFile::Impl::bytes_of(size_t section_index) const {
    GElf_Shdr section;
    if (gelf_getshdr(elf_getscn(elf.get(), section_index), &section) == nullptr) return {};
    if (section.sh_type == SHT_NOBITS || (section.sh_flags & SHF_COMPRESSED) != 0) return {};
    const std::span<const uint8_t> all = file.bytes();
    if (section.sh_offset > all.size() || section.sh_size > all.size() - section.sh_offset)
        return {};
    return all.subspan(section.sh_offset, section.sh_size);
}

Status ElfFile::Impl::open_dwarf() {
    if (!debug.contains(".debug_info")) {
        return fail(ErrorKind::Usage, "{}: no debug information (.debug_info)", escaped(path));
    }
    if (relocatable()) {
        changed_in_memory = true;
        if (const Status done = relocation_tables().apply_to_debug_sections(); !done) {
            return tl::unexpected(done.error().in(escaped(path)));
        }
    }
    dwarf.reset(dwarf_begin_elf(elf.get(), DWARF_C_READ, nullptr));
    if (!dwarf) {
        return fail(ErrorKind::Usage, "{}: damaged debug information ({})", escaped(path),
                    dwarf_errmsg(-1));
    }
    return {};
}

ElfFile::ElfFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ElfFile::ElfFile(ElfFile&&) noexcept = default;
ElfFile& ElfFile::operator=(ElfFile&&) noexcept = default;
ElfFile::~ElfFile() = default;

Result<ElfFile> ElfFile::open(const std::string& path) {
    KW_TRY(FileBytes bytes, FileBytes::read(path));
    auto impl = std::make_unique<Impl>(path, std::move(bytes));
    if (const Status done = impl->read(); !done) {
        return tl::unexpected(done.error().in(escaped(path)));
    }
    return ElfFile(std::move(impl));
}

const std::string& ElfFile::path() const {
    return impl_->path;
}

Machine ElfFile::machine() const {
    return impl_->machine;
}

const std::optional<BuildId>& ElfFile::build_id() const {
    return impl_->build_id;
}

bool ElfFile::relocatable() const {
    return impl_->relocatable();
}

bool ElfFile::has_debug_info() const {
    return impl_->debug.contains(".debug_info");
}

bool ElfFile::has_code() const {
    for (size_t i = 0; i < impl_->sections.size(); ++i) {
        if (impl_->sections[i].code && !impl_->bytes_of(impl_->section_indices[i]).empty()) {
            return true;
        }
    }
    return false;
}

Elf* ElfFile::elf() const {
    return impl_->elf.get();
}

Result<Dwarf*> ElfFile::dwarf() const {
    if (!impl_->dwarf_asked) {
        impl_->dwarf_asked = true;
        if (const Status done = impl_->open_dwarf(); !done) {
            impl_->dwarf_problem = done.error().message;
        }
    }
    if (impl_->dwarf) return impl_->dwarf.get();
    return fail(ErrorKind::Usage, "{}", impl_->dwarf_problem);
}

std::span<const uint8_t> ElfFile::debug_section(std::string_view name) const {
    const auto found = impl_->debug.find(std::string(name));
    if (found == impl_->debug.end()) return {};
    Elf_Scn* scn = elf_getscn(impl_->elf.get(), found->second);
    const auto data = debug_section_data(scn);
    return data ? *data : std::span<const uint8_t>();
}

void ElfFile::give_back_pages() const {
    if (!impl_->file.mapped_file() || impl_->changed_in_memory) return;
    const std::span<uint8_t> all = impl_->file.bytes();
    ::madvise(all.data(), all.size(), MADV_DONTNEED);
}

const std::vector<ElfFile::Section>& ElfFile::sections() const {
    return impl_->sections;
}

const ElfFile::Section* ElfFile::section_of(uint64_t address) const {
    for (const Section& section : impl_->sections) {
        if (address >= section.address && address - section.address < section.size) return &section;
    }
    return nullptr;
}

std::span<const uint8_t> ElfFile::bytes_at(uint64_t address) const {
    const Section* section = section_of(address);
    if (section == nullptr) return {};
    const auto index = static_cast<size_t>(section - impl_->sections.data());
    const std::span<const uint8_t> bytes = impl_->bytes_of(impl_->section_indices[index]);
    const uint64_t offset = address - section->address;
    return offset < bytes.size() ? bytes.subspan(offset) : std::span<const uint8_t>();
}

const std::vector<ElfFile::Symbol>& ElfFile::symbols() const {
    return impl_->symbols.by_address();
}

void ElfFile::each_symbol(const std::function<void(const Symbol&)>& visit) const {
    impl_->symbols.each(visit);
}

std::vector<ElfFile::Symbol> ElfFile::functions_over(uint64_t address) const {
    return impl_->symbols.functions_over(address);
}

std::optional<ElfFile::Relocation> ElfFile::relocation_at(uint64_t address) const {
    const Section* section = impl_->relocatable() ? section_of(address) : nullptr;
    if (section == nullptr) return std::nullopt;
    const auto index =
        impl_->section_indices[static_cast<size_t>(section - impl_->sections.data())];
    auto [tables, is_new] = impl_->relocations.try_emplace(index);
    if (is_new) tables->second = impl_->relocation_tables().of_section(index);
    const uint64_t offset = address - section->address;
    const auto found = std::lower_bound(
        tables->second.begin(), tables->second.end(), offset,
        [](const Relocations::Entry& entry, uint64_t at) { return entry.offset < at; });
    if (found == tables->second.end() || found->offset != offset) return std::nullopt;
    return Relocation{found->symbol, found->target, found->addend, found->bytes};
}

}  // namespace knowhy::symbols
