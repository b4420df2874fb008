#include <fmt/format.h>

#include <algorithm>

#include "symbols/disasm/backend.h"

namespace knowhy::symbols {
namespace {

std::unique_ptr<Backend> backend_for(const Machine& machine) {
    switch (machine.arch) {
        case Arch::X86_64:
            return x86_backend();
        case Arch::Arm64:
            return machine.big_endian ? nullptr : arm64_backend();
        case Arch::Mips:
        case Arch::Mips64:
            return mips_backend(machine);
        case Arch::Riscv64:
            return machine.big_endian ? nullptr : riscv_backend();
        default:
            return nullptr;
    }
}

std::string raw_bytes(std::span<const uint8_t> bytes) {
    return fmt::format(".byte {:#04x}", fmt::join(bytes, ","));
}

// The address that a person would look up: where it goes, or what it refers to.
std::optional<uint64_t> referred_to(const Instruction& instruction) {
    if (instruction.target) return instruction.target;
    for (const MemoryOperand& operand : instruction.memory) {
        if (operand.pc_relative) return static_cast<uint64_t>(operand.displacement);
    }
    return std::nullopt;
}

}  // namespace

bool Instruction::may_write_memory() const {
    return clobbers_memory ||
           std::any_of(memory.begin(), memory.end(),
                       [](const MemoryOperand& operand) { return operand.written; });
}

Instruction undecoded(uint64_t address, uint8_t length) {
    Instruction instruction;
    instruction.address = address;
    instruction.length = length;
    instruction.kind = Instruction::Kind::Undecoded;
    make_opaque(instruction);
    return instruction;
}

void make_opaque(Instruction& instruction) {
    instruction.reads.set();
    instruction.writes.set();
    instruction.clobbers_memory = true;
    instruction.stack_change = std::nullopt;
    instruction.transfer = {};
}

struct Decoder::Impl {
    Machine machine;
    std::unique_ptr<Backend> backend;
};

Decoder::Decoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

Result<Decoder> Decoder::open(Machine machine) {
    auto backend = backend_for(machine);
    if (backend == nullptr) {
        return fail(ErrorKind::Unsupported, "no disassembler for this architecture");
    }
    return Decoder(std::make_unique<Impl>(Impl{machine, std::move(backend)}));
}

Instruction Decoder::decode(std::span<const uint8_t> code, uint64_t address) const {
    return impl_->backend->decode(code, address);
}

std::string Decoder::text(std::span<const uint8_t> code, uint64_t address,
                          const NameOf& name_of) const {
    const Instruction instruction = decode(code, address);
    std::string text = impl_->backend->text(code, address);
    if (text.empty()) return raw_bytes(code.first(instruction.length));
    const auto place = referred_to(instruction);
    if (place) {
        // Capstone takes a kernel's address for a negative number.
        const std::string negative = fmt::format("-{:#x}", 0 - *place);
        if (text.ends_with(negative))
            text.replace(text.size() - negative.size(), negative.size(),
                         fmt::format("{:#x}", *place));
    }
    const std::string name = place && name_of ? name_of(*place) : "";
    return name.empty() ? text : fmt::format("{} <{}>", text, name);
}

Machine Decoder::machine() const {
    return impl_->machine;
}

}  // namespace knowhy::symbols
