#include "symbols/disasm/riscv_text.h"

#include <fmt/format.h>

#include "symbols/disasm/word.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

struct Fields {
    explicit Fields(uint32_t w)
        : rd(name(bits(w, 11, 7))),
          rs1(name(bits(w, 19, 15))),
          rs2(name(bits(w, 24, 20))),
          f3(bits(w, 14, 12)),
          f7(bits(w, 31, 25)),
          immediate(sign_extended(bits(w, 31, 20), 12)) {}

    static std::string name(uint32_t number) {
        return register_name(Arch::Riscv64, static_cast<Register>(number));
    }

    std::string rd;
    std::string rs1;
    std::string rs2;
    uint32_t f3;
    uint32_t f7;
    int64_t immediate;
};

std::string three(std::string_view mnemonic, std::string_view a, std::string_view b,
                  std::string_view c) {
    return fmt::format("{} {},{},{}", mnemonic, a, b, c);
}

std::string by_immediate(uint32_t word, const Fields& f) {
    constexpr std::string_view kNames[] = {"addi", "", "slti", "sltiu", "xori", "", "ori", "andi"};
    const uint32_t upper = bits(word, 31, 26);
    const uint32_t amount = bits(word, 25, 20);
    if (word == 0x13) return "nop";
    if (f.f3 == 0 && bits(word, 19, 15) == 0) return fmt::format("li {},{}", f.rd, f.immediate);
    if (f.f3 == 0 && f.immediate == 0) return fmt::format("mv {},{}", f.rd, f.rs1);
    if (f.f3 == 1) return upper == 0 ? three("slli", f.rd, f.rs1, std::to_string(amount)) : "";
    if (f.f3 == 5 && (upper == 0 || upper == 0x10)) {
        return three(upper == 0 ? "srli" : "srai", f.rd, f.rs1, std::to_string(amount));
    }
    if (f.f3 == 5) return "";
    return three(kNames[f.f3], f.rd, f.rs1, std::to_string(f.immediate));
}

std::string by_immediate_32(uint32_t word, const Fields& f) {
    if (f.f3 == 0 && f.immediate == 0) return fmt::format("sext.w {},{}", f.rd, f.rs1);
    if (f.f3 == 0) return three("addiw", f.rd, f.rs1, std::to_string(f.immediate));
    const std::string amount = std::to_string(bits(word, 24, 20));
    if (f.f3 == 1 && f.f7 == 0) return three("slliw", f.rd, f.rs1, amount);
    if (f.f3 == 5 && f.f7 == 0) return three("srliw", f.rd, f.rs1, amount);
    if (f.f3 == 5 && f.f7 == 0x20) return three("sraiw", f.rd, f.rs1, amount);
    return "";
}

std::string by_registers(const Fields& f, bool words) {
    constexpr std::string_view kPlain[] = {"add", "sll", "slt", "sltu", "xor", "srl", "or", "and"};
    constexpr std::string_view kMultiply[] = {"mul", "mulh", "mulhsu", "mulhu",
                                              "div", "divu", "rem",    "remu"};
    std::string mnemonic;
    if (f.f7 == 0) mnemonic = kPlain[f.f3];
    if (f.f7 == 1) mnemonic = kMultiply[f.f3];
    if (f.f7 == 0x20 && f.f3 == 0) mnemonic = "sub";
    if (f.f7 == 0x20 && f.f3 == 5) mnemonic = "sra";
    if (mnemonic.empty()) return "";
    return three(mnemonic + (words ? "w" : ""), f.rd, f.rs1, f.rs2);
}

std::string branch(const Fields& f, uint64_t target) {
    constexpr std::string_view kNames[] = {"beq", "bne", "", "", "blt", "bge", "bltu", "bgeu"};
    return three(kNames[f.f3], f.rs1, f.rs2, fmt::format("{:#x}", target));
}

std::string jump(const Fields& f, const Instruction& instruction) {
    if (instruction.kind == Kind::Return) return "ret";
    if (instruction.indirect) {
        return fmt::format("jalr {},{}({})", f.rd, f.immediate, f.rs1);
    }
    if (instruction.kind == Kind::Jump) return fmt::format("j {:#x}", *instruction.target);
    return fmt::format("jal {},{:#x}", f.rd, *instruction.target);
}

std::string atomic(uint32_t word, const Fields& f) {
    const std::string_view width = f.f3 == 3 ? "d" : "w";
    std::string_view name;
    switch (bits(word, 31, 27)) {
        case 0x00:
            name = "amoadd";
            break;
        case 0x01:
            name = "amoswap";
            break;
        case 0x02:
            return fmt::format("lr.{} {},({})", width, f.rd, f.rs1);
        case 0x03:
            name = "sc";
            break;
        case 0x04:
            name = "amoxor";
            break;
        case 0x08:
            name = "amoor";
            break;
        case 0x0c:
            name = "amoand";
            break;
        case 0x10:
            name = "amomin";
            break;
        case 0x14:
            name = "amomax";
            break;
        case 0x18:
            name = "amominu";
            break;
        case 0x1c:
            name = "amomaxu";
            break;
        default:
            return "";
    }
    return fmt::format("{}.{} {},{},({})", name, width, f.rd, f.rs2, f.rs1);
}

std::string access(const Fields& f, const Instruction& instruction, bool is_load) {
    constexpr std::string_view kLoads[] = {"lb", "lh", "lw", "ld", "lbu", "lhu", "lwu", ""};
    constexpr std::string_view kStores[] = {"sb", "sh", "sw", "sd", "", "", "", ""};
    return fmt::format("{} {},{}({})", (is_load ? kLoads : kStores)[f.f3], is_load ? f.rd : f.rs2,
                       instruction.memory.front().displacement, f.rs1);
}

std::string system(uint32_t word, const Fields& f) {
    constexpr std::string_view kNames[] = {"", "csrrw",  "csrrs",  "csrrc",
                                           "", "csrrwi", "csrrsi", "csrrci"};
    if (f.f3 != 0) {
        const std::string source = f.f3 < 4 ? f.rs1 : std::to_string(bits(word, 19, 15));
        return fmt::format("{} {},{:#x},{}", kNames[f.f3], f.rd, bits(word, 31, 20), source);
    }
    switch (bits(word, 31, 20)) {
        case 0x000:
            return "ecall";
        case 0x001:
            return "ebreak";
        case 0x102:
            return "sret";
        case 0x105:
            return "wfi";
        default:
            return f.f7 == 0x09 ? fmt::format("sfence.vma {},{}", f.rs1, f.rs2) : "";
    }
}

}  // namespace

std::string riscv_text(uint32_t word, const Instruction& instruction) {
    if (instruction.kind == Kind::Undecoded) return "";
    const Fields f(word);
    switch (bits(word, 6, 0)) {
        case 0x03:
            return access(f, instruction, true);
        case 0x0f:
            return f.f3 == 0 ? "fence" : f.f3 == 1 ? "fence.i" : "";
        case 0x13:
            return by_immediate(word, f);
        case 0x17:
            return fmt::format("auipc {},{:#x}", f.rd, word >> 12);
        case 0x1b:
            return by_immediate_32(word, f);
        case 0x23:
            return access(f, instruction, false);
        case 0x2f:
            return atomic(word, f);
        case 0x33:
            return by_registers(f, false);
        case 0x37:
            return fmt::format("lui {},{:#x}", f.rd, word >> 12);
        case 0x3b:
            return by_registers(f, true);
        case 0x63:
            return branch(f, *instruction.target);
        case 0x67:
        case 0x6f:
            return jump(f, instruction);
        case 0x73:
            return system(word, f);
        default:
            return "";
    }
}

}  // namespace knowhy::symbols
