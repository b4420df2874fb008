#include "symbols/debugfile/relocate.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "symbols/debugfile/debug_sections.h"

namespace knowhy::symbols {
namespace {

// What a relocation of data does with S (the symbol), A (the addend) and P (its own place).
struct Action {
    enum class Kind : uint8_t { None, Set, Relative, Add, Subtract };
    uint32_t type = 0;
    Kind kind = Kind::None;
    unsigned bits = 0;
};
using Kind = Action::Kind;

// The psABI documents' numbers; only those that assemblers put into debug sections, and the ones of
// calls and references in code whose width relocation_at() tells.
constexpr Action kX86_64[] = {
    {R_X86_64_NONE, Kind::None, 0},      {R_X86_64_64, Kind::Set, 64},
    {R_X86_64_32, Kind::Set, 32},        {R_X86_64_32S, Kind::Set, 32},
    {R_X86_64_16, Kind::Set, 16},        {R_X86_64_8, Kind::Set, 8},
    {R_X86_64_PC64, Kind::Relative, 64}, {R_X86_64_PC32, Kind::Relative, 32},
    {R_X86_64_PLT32, Kind::Relative, 32}};
constexpr Action kI386[] = {
    {R_386_NONE, Kind::None, 0}, {R_386_32, Kind::Set, 32}, {R_386_PC32, Kind::Relative, 32}};
constexpr Action kArm64[] = {
    {R_AARCH64_NONE, Kind::None, 0},        {R_AARCH64_ABS64, Kind::Set, 64},
    {R_AARCH64_ABS32, Kind::Set, 32},       {R_AARCH64_ABS16, Kind::Set, 16},
    {R_AARCH64_PREL64, Kind::Relative, 64}, {R_AARCH64_PREL32, Kind::Relative, 32}};
constexpr Action kArm[] = {
    {R_ARM_NONE, Kind::None, 0}, {R_ARM_ABS32, Kind::Set, 32}, {R_ARM_REL32, Kind::Relative, 32}};
constexpr Action kMips[] = {
    {R_MIPS_NONE, Kind::None, 0}, {R_MIPS_32, Kind::Set, 32}, {R_MIPS_64, Kind::Set, 64}};
constexpr Action kRiscv[] = {
    {R_RISCV_NONE, Kind::None, 0},       {R_RISCV_RELAX, Kind::None, 0},
    {R_RISCV_64, Kind::Set, 64},         {R_RISCV_32, Kind::Set, 32},
    {R_RISCV_SET32, Kind::Set, 32},      {R_RISCV_SET16, Kind::Set, 16},
    {R_RISCV_SET8, Kind::Set, 8},        {R_RISCV_SET6, Kind::Set, 6},
    {R_RISCV_ADD64, Kind::Add, 64},      {R_RISCV_ADD32, Kind::Add, 32},
    {R_RISCV_ADD16, Kind::Add, 16},      {R_RISCV_ADD8, Kind::Add, 8},
    {R_RISCV_SUB64, Kind::Subtract, 64}, {R_RISCV_SUB32, Kind::Subtract, 32},
    {R_RISCV_SUB16, Kind::Subtract, 16}, {R_RISCV_SUB8, Kind::Subtract, 8},
    {R_RISCV_SUB6, Kind::Subtract, 6},   {R_RISCV_32_PCREL, Kind::Relative, 32}};
constexpr Action kPpc64[] = {{R_PPC64_NONE, Kind::None, 0},
                             {R_PPC64_ADDR64, Kind::Set, 64},
                             {R_PPC64_ADDR32, Kind::Set, 32},
                             {R_PPC64_REL32, Kind::Relative, 32}};
constexpr Action kS390[] = {{R_390_NONE, Kind::None, 0},
                            {R_390_64, Kind::Set, 64},
                            {R_390_32, Kind::Set, 32},
                            {R_390_PC32, Kind::Relative, 32}};

std::span<const Action> actions_of(Arch arch) {
    switch (arch) {
        case Arch::X86_64:
            return kX86_64;
        case Arch::I386:
            return kI386;
        case Arch::Arm64:
            return kArm64;
        case Arch::Arm:
            return kArm;
        case Arch::Mips:
        case Arch::Mips64:
            return kMips;
        case Arch::Riscv64:
            return kRiscv;
        case Arch::Ppc64:
            return kPpc64;
        case Arch::S390x:
            return kS390;
    }
    return {};
}

const Action* action_of(Arch arch, uint32_t type) {
    const std::span<const Action> actions = actions_of(arch);
    const auto found = std::find_if(actions.begin(), actions.end(),
                                    [&](const Action& a) { return a.type == type; });
    return found == actions.end() ? nullptr : &*found;
}

uint64_t load(std::span<const uint8_t> field, bool big_endian) {
    uint64_t value = 0;
    for (size_t i = 0; i < field.size(); ++i) {
        value = value << 8 | field[big_endian ? i : field.size() - 1 - i];
    }
    return value;
}

void store(std::span<uint8_t> field, bool big_endian, uint64_t value) {
    for (size_t i = 0; i < field.size(); ++i) {
        field[big_endian ? field.size() - 1 - i : i] = static_cast<uint8_t>(value >> (8 * i));
    }
}

uint64_t changed(const Action& action, uint64_t old, uint64_t operand, uint64_t place) {
    const uint64_t mask = action.bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << action.bits) - 1;
    uint64_t value = 0;
    switch (action.kind) {
        case Kind::None:
            return old;
        case Kind::Set:
            value = operand;
            break;
        case Kind::Relative:
            value = operand - place;
            break;
        case Kind::Add:
            value = old + operand;
            break;
        case Kind::Subtract:
            value = old - operand;
            break;
    }
    return (old & ~mask) | (value & mask);
}

}  // namespace

// One SHT_RELA or SHT_REL section.
struct Relocations::Table {
    Elf_Data* entries = nullptr;
    Elf_Data* symbols = nullptr;
    size_t count = 0;
    size_t names = 0;   // the string table's section
    size_t target = 0;  // the section that they change
    bool with_addend = false;
    bool mips64_little = false;

    struct Raw {
        uint64_t offset = 0;
        uint64_t symbol = 0;
        uint32_t type = 0;
        int64_t addend = 0;
    };
    [[nodiscard]] std::optional<Raw> at(size_t index) const {
        GElf_Rela rela = {};
        if (with_addend) {
            if (gelf_getrela(entries, static_cast<int>(index), &rela) == nullptr) return {};
        } else {
            GElf_Rel rel;
            if (gelf_getrel(entries, static_cast<int>(index), &rel) == nullptr) return {};
            rela = {rel.r_offset, rel.r_info, 0};
        }
        // Little-endian MIPS64 stores r_sym first and the three types as bytes (MIPS64 ELF
        // specification 2.9); read as one number they stand the wrong way round.
        if (mips64_little) {
            return Raw{rela.r_offset, rela.r_info & 0xffffffff,
                       static_cast<uint32_t>(rela.r_info >> 56), rela.r_addend};
        }
        return Raw{rela.r_offset, GELF_R_SYM(rela.r_info),
                   static_cast<uint32_t>(GELF_R_TYPE(rela.r_info)), rela.r_addend};
    }
};

Relocations::Relocations(Elf* elf, Machine machine, std::span<const uint64_t> section_addresses)
    : elf_(elf), machine_(machine), section_addresses_(section_addresses) {}

std::optional<Relocations::Table> Relocations::table_in(Elf_Scn* section) const {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) return std::nullopt;
    if (header.sh_type != SHT_RELA && header.sh_type != SHT_REL) return std::nullopt;
    GElf_Shdr symbols;
    Elf_Scn* symbol_section = elf_getscn(elf_, header.sh_link);
    if (gelf_getshdr(symbol_section, &symbols) == nullptr || symbols.sh_type != SHT_SYMTAB) {
        return std::nullopt;
    }
    Table table;
    table.entries = elf_getdata(section, nullptr);
    table.symbols = elf_getdata(symbol_section, nullptr);
    if (table.entries == nullptr || table.symbols == nullptr || header.sh_entsize == 0) {
        return std::nullopt;
    }
    table.count = table.entries->d_size / header.sh_entsize;
    table.names = symbols.sh_link;
    table.target = header.sh_info;
    table.with_addend = header.sh_type == SHT_RELA;
    table.mips64_little = machine_.arch == Arch::Mips64 && !machine_.big_endian;
    return table;
}

std::optional<uint64_t> Relocations::value_of(const GElf_Sym& symbol) const {
    if (symbol.st_shndx == SHN_ABS) return symbol.st_value;
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= section_addresses_.size()) return {};
    return section_addresses_[symbol.st_shndx] + symbol.st_value;
}

Status Relocations::apply(const Table& table, std::string_view name) const {
    auto data = debug_section_data(elf_getscn(elf_, table.target));
    if (!data) return tl::unexpected(data.error());
    for (size_t i = 0; i < table.count; ++i) {
        const auto entry = table.at(i);
        GElf_Sym symbol;
        if (!entry ||
            gelf_getsym(table.symbols, static_cast<int>(entry->symbol), &symbol) == nullptr) {
            return fail(ErrorKind::Usage, "{}: a relocation of no symbol", name);
        }
        const Action* action = action_of(machine_.arch, entry->type);
        if (action == nullptr) {
            return fail(ErrorKind::Unsupported, "{}: relocation type {} is not known here", name,
                        entry->type);
        }
        const size_t bytes = (action->bits + 7) / 8;
        if (bytes > data->size() || entry->offset > data->size() - bytes) {
            return fail(ErrorKind::Usage, "{}: a relocation beyond the section's end", name);
        }
        const std::span<uint8_t> field = data->subspan(entry->offset, bytes);
        const uint64_t old = load(field, machine_.big_endian);
        const uint64_t addend = table.with_addend ? static_cast<uint64_t>(entry->addend) : old;
        const uint64_t operand = value_of(symbol).value_or(0) + addend;
        store(field, machine_.big_endian, changed(*action, old, operand, entry->offset));
    }
    return {};
}

Status Relocations::apply_to_debug_sections() const {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) {
        const auto table = table_in(section);
        if (!table) continue;
        const std::string_view name = section_name(elf_, elf_getscn(elf_, table->target));
        if (!is_debug_section(name)) continue;
        KW_CHECK_OK(apply(*table, escaped(name)));
    }
    return {};
}

std::vector<Relocations::Entry> Relocations::of_section(size_t section_index) const {
    std::vector<Entry> found;
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_, section)) != nullptr;) {
        const auto table = table_in(section);
        if (!table || table->target != section_index) continue;
        for (size_t i = 0; i < table->count; ++i) {
            const auto raw = table->at(i);
            GElf_Sym symbol;
            if (!raw ||
                gelf_getsym(table->symbols, static_cast<int>(raw->symbol), &symbol) == nullptr) {
                continue;
            }
            const Action* action = action_of(machine_.arch, raw->type);
            const char* name = GELF_ST_TYPE(symbol.st_info) == STT_SECTION
                                   ? nullptr
                                   : elf_strptr(elf_, table->names, symbol.st_name);
            found.push_back({raw->offset, name == nullptr ? "" : name, value_of(symbol),
                             raw->addend, action == nullptr ? 0 : action->bits / 8});
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
    return found;
}

}  // namespace knowhy::symbols
