#include "symbols/disasm/arm64.h"

#include "symbols/disasm/backend.h"
#include "symbols/disasm/capstone_text.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

// Vector and floating-point arithmetic: some of it writes a general or the flags register. Kernel
// functions do none, so that all of it may count as touching all of that.
void any_vector(Arm64Word word, WordInstruction& in) {
    for (unsigned reg = 0; reg < 32; ++reg) {
        in.computes(static_cast<Register>(kArm64Vector + reg),
                    static_cast<Register>(kArm64Vector + reg));
    }
    in.computes(word.rd(), word.rn());
    in.writes(kFlags);
    in.reads(kFlags);
}

bool dispatch(Arm64Word word, WordInstruction& in) {
    if ((word.word & 0xffff0000U) == 0) {  // udf
        in.out().kind = Kind::Trap;
        return true;
    }
    switch (bits(word.word, 28, 25)) {
        case 0x8:
        case 0x9:
            return arm64_by_immediate(word, in);
        case 0xa:
        case 0xb:
            return arm64_control(word, in);
        case 0x4:
        case 0x6:
        case 0xc:
        case 0xe:
            return arm64_access(word, in);
        case 0x5:
        case 0xd:
            return arm64_by_register(word, in);
        case 0x7:
        case 0xf:
            any_vector(word, in);
            return true;
        default:
            return false;
    }
}

class Arm64Backend : public Backend {
  public:
    [[nodiscard]] Instruction decode(std::span<const uint8_t> code,
                                     uint64_t address) const override {
        if (code.size() < 4) return undecoded(address, static_cast<uint8_t>(code.size()));
        WordInstruction in(address, 4, kArm64Zr);
        if (!dispatch({load_word<uint32_t>(code, false)}, in)) return undecoded(address, 4);
        in.settle_stack(kArm64Sp);
        return std::move(in.out());
    }

    [[nodiscard]] std::string text(std::span<const uint8_t> code, uint64_t address) const override {
        if (decode(code, address).kind == Kind::Undecoded) return "";
        return text_.of(code, address, 4);
    }

  private:
    CapstoneText text_{CS_ARCH_ARM64, CS_MODE_ARM, false};
};

}  // namespace

std::unique_ptr<Backend> arm64_backend() {
    return std::make_unique<Arm64Backend>();
}

}  // namespace knowhy::symbols
