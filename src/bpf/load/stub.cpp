#include "bpf/load/stub.h"

#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "bpf/codegen/filter_abi.h"

namespace knowhy::bpf {
namespace {

constexpr size_t kStubInsns = KNOWHY_FILTER_STUB_INSNS;

// Where a stub's instructions lie in the object's bytes.
struct Place {
    uint64_t offset = 0;
    uint64_t size = 0;
};

using ElfHandle = std::unique_ptr<Elf, decltype(&elf_end)>;

std::optional<Place> place_of(Elf* elf, const GElf_Sym& symbol) {
    GElf_Shdr text{};
    Elf_Scn* section = elf_getscn(elf, symbol.st_shndx);
    if (section == nullptr || gelf_getshdr(section, &text) == nullptr) return std::nullopt;
    if (text.sh_type != SHT_PROGBITS || symbol.st_value > text.sh_size ||
        symbol.st_size > text.sh_size - symbol.st_value)
        return std::nullopt;
    return Place{text.sh_offset + symbol.st_value, symbol.st_size};
}

std::optional<Place> find_in_table(Elf* elf, Elf_Scn* section, const GElf_Shdr& header,
                                   std::string_view name) {
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr || header.sh_entsize == 0) return std::nullopt;
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
        GElf_Sym symbol{};
        if (gelf_getsym(data, i, &symbol) == nullptr) continue;
        const char* symbol_name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (symbol_name != nullptr && name == symbol_name &&
            GELF_ST_TYPE(symbol.st_info) == STT_FUNC)
            return place_of(elf, symbol);
    }
    return std::nullopt;
}

std::optional<Place> find_function(Elf* elf, std::string_view name) {
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
         section = elf_nextscn(elf, section)) {
        GElf_Shdr header{};
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_SYMTAB) continue;
        if (auto place = find_in_table(elf, section, header, name)) return place;
    }
    return std::nullopt;
}

std::vector<Insn> unpatched_stub() {
    std::vector<Insn> body(kStubInsns, jump(0));
    body.front() = alu(Alu::Mov, Bits::Bits64, r0, KNOWHY_FILTER_MATCH);
    body.back() = exit_program();
    return body;
}

Status check_program(std::span<const Insn> program) {
    const auto exits = std::ranges::count(program, exit_program());
    if (exits != 1 || program.back() != exit_program())
        return fail(ErrorKind::Internal, "the filter's program must end with its only exit");
    for (size_t i = 0; i < program.size(); ++i) {
        if (is_wide(program[i]))
            return fail(ErrorKind::Internal, "the filter's instruction {} takes 16 bytes", i);
        const auto target = static_cast<int64_t>(i) + 1 + program[i].off;
        if (is_jump(program[i]) && (target < 0 || target >= std::ssize(program)))
            return fail(ErrorKind::Internal, "the filter's jump at {} leaves the program", i);
    }
    return {};
}

// The program, at the stub's length. The verifier refuses instructions that no path reaches, but
// drops in one piece what only a branch with a known outcome reaches: so the filler stands behind
// such a branch, and costs nothing when the filter runs.
std::vector<Insn> padded(std::span<const Insn> program) {
    const size_t filler = kStubInsns - program.size();
    std::vector<Insn> body(filler, jump(0));
    body[0] = alu(Alu::Mov, Bits::Bits64, r0, 0);
    body[1] = jump_if(Cond::Eq, Bits::Bits64, r0, 0, static_cast<int16_t>(filler - 2));
    body.insert(body.end(), program.begin(), program.end());
    return body;
}

void write_insns(std::span<std::byte> at, std::span<const Insn> insns) {
    const std::vector<::bpf_insn> raw = encode(insns);
    std::memcpy(at.data(), raw.data(), at.size());
}

bool holds_insns(std::span<const std::byte> at, std::span<const Insn> insns) {
    const std::vector<::bpf_insn> raw = encode(insns);
    return at.size() == raw.size() * sizeof(::bpf_insn) &&
           std::memcmp(at.data(), raw.data(), at.size()) == 0;
}

}  // namespace

size_t stub_capacity() {
    return kStubInsns - 2;
}

Result<std::vector<std::byte>> patch_stub(std::span<const std::byte> object, std::string_view stub,
                                          std::span<const Insn> program) {
    if (program.size() > stub_capacity())
        return fail(ErrorKind::Usage, "the filter needs {} BPF instructions, {} is the limit",
                    program.size(), stub_capacity());
    KW_CHECK_OK(check_program(program));

    std::vector<std::byte> patched(object.begin(), object.end());
    elf_version(EV_CURRENT);
    // libelf takes a char*, and does not write through it.
    const ElfHandle elf(elf_memory(reinterpret_cast<char*>(patched.data()), patched.size()),
                        &elf_end);
    const auto place = elf ? find_function(elf.get(), stub) : std::nullopt;
    if (!place || place->offset > patched.size() || place->size > patched.size() - place->offset)
        return fail(ErrorKind::Internal, "the BPF object has no function {}", stub);

    const std::span<std::byte> body = std::span(patched).subspan(place->offset, place->size);
    if (!holds_insns(body, unpatched_stub()))
        return fail(ErrorKind::Internal, "{} in the BPF object is no filter stub", stub);
    write_insns(body, padded(program));
    return patched;
}

}  // namespace knowhy::bpf
