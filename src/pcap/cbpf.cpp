#include "pcap/cbpf.h"

#include <array>
#include <optional>

#include "ir/flow.h"
#include "ir/simplify.h"
#include "ir/verify.h"

namespace knowhy::pcap {
namespace {

using ir::BlockId;
using ir::Compare;
using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Reg;

// The first offset that the kernel reads as "ask the skb, not the packet".
constexpr auto kExtensions = static_cast<uint32_t>(SKF_LL_OFF);

std::optional<Op> op_of(uint16_t code) {
    switch (BPF_OP(code)) {
        case BPF_ADD:
            return Op::Add;
        case BPF_SUB:
            return Op::Sub;
        case BPF_MUL:
            return Op::Mul;
        case BPF_DIV:
            return Op::Div;
        case BPF_MOD:
            return Op::Mod;
        case BPF_AND:
            return Op::And;
        case BPF_OR:
            return Op::Or;
        case BPF_XOR:
            return Op::Xor;
        case BPF_LSH:
            return Op::ShiftLeft;
        case BPF_RSH:
            return Op::ShiftRight;
        default:
            return std::nullopt;
    }
}

std::optional<Compare> compare_of(uint16_t code) {
    switch (BPF_OP(code)) {
        case BPF_JEQ:
            return Compare::Equal;
        case BPF_JGT:
            return Compare::Greater;
        case BPF_JGE:
            return Compare::GreaterEqual;
        case BPF_JSET:
            return Compare::AnyBit;
        default:
            return std::nullopt;
    }
}

std::optional<uint8_t> width_of(uint16_t code) {
    switch (BPF_SIZE(code)) {
        case BPF_B:
            return 1;
        case BPF_H:
            return 2;
        case BPF_W:
            return 4;
        default:
            return std::nullopt;
    }
}

class Converter {
  public:
    explicit Converter(std::span<const sock_filter> cbpf) : cbpf_(cbpf) {
        a_ = out_.add_register(ir::Type::U32);
        x_ = out_.add_register(ir::Type::U32);
        for (Reg& word : memory_) word = out_.add_register(ir::Type::U32);
        // Only instructions that something jumps to need a block; one for each is simpler, and
        // simplify() joins them.
        for (size_t i = 0; i < cbpf.size(); ++i) out_.add_block();
        no_match_ = out_.add_block({{}, ir::Return{Constant{ir::kNoMatch}}});
        match_ = out_.add_block({{}, ir::Return{Constant{ir::kMatch}}});
        beyond_copy_ = out_.add_block({{}, ir::Return{Constant{ir::kBeyondCopy}}});
    }

    Result<ir::Function> run() {
        if (cbpf_.empty() || BPF_CLASS(cbpf_.back().code) != BPF_RET) return falls_off();
        for (at_ = 0; at_ < cbpf_.size(); ++at_) {
            block_ = {static_cast<uint32_t>(at_)};
            KW_CHECK_OK(convert(cbpf_[at_]));
        }
        ir::simplify(out_);
        KW_CHECK_OK(assign_initial_values());
        KW_CHECK_OK(ir::verify(out_));
        return std::move(out_);
    }

  private:
    Status convert(const sock_filter& insn) {
        switch (BPF_CLASS(insn.code)) {
            case BPF_LD:
                return convert_load(insn, a_);
            case BPF_LDX:
                return convert_load(insn, x_);
            case BPF_ST:
                return convert_store(insn, a_);
            case BPF_STX:
                return convert_store(insn, x_);
            case BPF_ALU:
                return convert_alu(insn);
            case BPF_JMP:
                return convert_jump(insn);
            case BPF_RET:
                return convert_return(insn);
            default:
                return convert_transfer(insn);
        }
    }

    Status convert_load(const sock_filter& insn, Reg to) {
        switch (insn.code) {
            case BPF_LD | BPF_IMM:
            case BPF_LDX | BPF_IMM:
                return then(ir::Move{to, Constant{insn.k}});
            case BPF_LD | BPF_W | BPF_LEN:
            case BPF_LDX | BPF_W | BPF_LEN:
                return then(ir::PacketLength{to});
            case BPF_LD | BPF_MEM:
            case BPF_LDX | BPF_MEM:
                if (insn.k >= memory_.size()) return unknown();
                return then(ir::Move{to, memory_.at(insn.k)});
            case BPF_LDX | BPF_MSH | BPF_B:
                return convert_header_length(insn);
            default:
                return convert_packet_load(insn);
        }
    }

    Status convert_packet_load(const sock_filter& insn) {
        const auto mode = BPF_MODE(insn.code);
        const auto width = width_of(insn.code);
        const bool absolute = mode == BPF_ABS;
        if (BPF_CLASS(insn.code) != BPF_LD || !width || (!absolute && mode != BPF_IND))
            return unknown();
        if (absolute && insn.k >= kExtensions)
            return fail(ErrorKind::Usage,
                        "it asks for what is not in the packet's bytes (inbound, outbound, ...)");
        const Operand base = absolute ? Operand(Constant{0}) : Operand(x_);
        end(load(a_, *width, base, insn.k, next()));
        return {};
    }

    // X = the length of the IPv4 header that starts at k: 4 times its low half byte.
    Status convert_header_length(const sock_filter& insn) {
        const BlockId loaded = out_.add_block();
        end(load(x_, 1, Constant{0}, insn.k, loaded));
        block_ = loaded;
        emit(ir::Compute{Op::And, x_, x_, Constant{0xf}});
        return then(ir::Compute{Op::ShiftLeft, x_, x_, Constant{2}});
    }

    Status convert_store(const sock_filter& insn, Reg from) {
        if (insn.code != BPF_CLASS(insn.code) || insn.k >= memory_.size()) return unknown();
        return then(ir::Move{memory_.at(insn.k), from});
    }

    Status convert_alu(const sock_filter& insn) {
        if (insn.code == (BPF_ALU | BPF_NEG))
            return then(ir::Compute{Op::Sub, a_, Constant{0}, a_});
        const auto op = op_of(insn.code);
        if (!op) return unknown();
        const bool by_x = BPF_SRC(insn.code) == BPF_X;
        const Operand right = by_x ? Operand(x_) : Operand(Constant{insn.k});
        if (*op == Op::Div || *op == Op::Mod) return divide(*op, right);
        if (*op == Op::ShiftLeft || *op == Op::ShiftRight) return shift(*op, right);
        return then(ir::Compute{*op, a_, a_, right});
    }

    Status divide(Op op, const Operand& right) {
        if (right == Operand(Constant{0})) {
            end(ir::Jump{no_match_});
            return {};
        }
        if (std::holds_alternative<Reg>(right)) {
            const BlockId divides = out_.add_block();
            end(ir::Branch{Compare::NotEqual, x_, Constant{0}, divides, no_match_});
            block_ = divides;
        }
        return then(ir::Compute{op, a_, a_, right});
    }

    // cBPF shifts everything out where eBPF and the IR shift by the amount modulo 32.
    Status shift(Op op, const Operand& right) {
        const ir::Move all_out{a_, Constant{0}};
        if (const auto* constant = std::get_if<Constant>(&right)) {
            if (constant->value >= 32) return then(all_out);
        } else {
            const BlockId within = out_.add_block();
            const BlockId too_far = out_.add_block({{all_out}, ir::Jump{next()}});
            end(ir::Branch{Compare::Less, x_, Constant{32}, within, too_far});
            block_ = within;
        }
        return then(ir::Compute{op, a_, a_, right});
    }

    Status convert_jump(const sock_filter& insn) {
        if (insn.code == (BPF_JMP | BPF_JA)) {
            if (insn.k > INT32_MAX)
                return fail(ErrorKind::Usage, "it needs a loop (as protochain does)");
            KW_TRY(const BlockId to, target(insn.k));
            end(ir::Jump{to});
            return {};
        }
        const auto compare = compare_of(insn.code);
        if (!compare) return unknown();
        const bool with_x = BPF_SRC(insn.code) == BPF_X;
        const Operand right = with_x ? Operand(x_) : Operand(Constant{insn.k});
        KW_TRY(const BlockId yes, target(insn.jt));
        KW_TRY(const BlockId no, target(insn.jf));
        end(ir::Branch{*compare, a_, right, yes, no});
        return {};
    }

    Status convert_return(const sock_filter& insn) {
        if (insn.code == (BPF_RET | BPF_K))
            end(ir::Jump{insn.k != 0 ? match_ : no_match_});
        else if (insn.code == (BPF_RET | BPF_A))
            end(ir::Branch{Compare::NotEqual, a_, Constant{0}, match_, no_match_});
        else
            return unknown();
        return {};
    }

    Status convert_transfer(const sock_filter& insn) {
        if (insn.code == (BPF_MISC | BPF_TAX)) return then(ir::Move{x_, a_});
        if (insn.code == (BPF_MISC | BPF_TXA)) return then(ir::Move{a_, x_});
        return unknown();
    }

    void emit(const ir::Instruction& instruction) {
        out_.blocks[block_.index].body.push_back(instruction);
    }
    void end(const ir::Terminator& terminator) { out_.blocks[block_.index].end = terminator; }

    // The last of what this cBPF instruction does.
    Status then(const ir::Instruction& instruction) {
        emit(instruction);
        end(ir::Jump{next()});
        return {};
    }

    [[nodiscard]] ir::LoadPacket load(Reg to, uint8_t width, const Operand& base, uint32_t k,
                                      BlockId loaded) const {
        return {to, width, base, k, loaded, no_match_, beyond_copy_};
    }

    [[nodiscard]] BlockId next() const { return {static_cast<uint32_t>(at_ + 1)}; }

    [[nodiscard]] Result<BlockId> target(uint32_t distance) const {
        const uint64_t to = at_ + 1 + uint64_t{distance};
        if (to >= cbpf_.size()) return falls_off();
        return BlockId{static_cast<uint32_t>(to)};
    }

    [[nodiscard]] static tl::unexpected<Error> falls_off() {
        return fail(ErrorKind::Usage, "control leaves the program");
    }

    [[nodiscard]] tl::unexpected<Error> unknown() const {
        return fail(ErrorKind::Usage, "no such cBPF instruction: {:#x}", cbpf_[at_].code);
    }

    // A and X start as zero. Scratch memory holds anything: libpcap 1.10.3 leaves what was on its
    // stack, the kernel refuses such a filter, and so do we.
    Status assign_initial_values() {
        const ir::RegSet live = ir::live_at_entry(out_).front();
        for (const Reg word : memory_)
            if (live[word.index])
                return fail(ErrorKind::Usage,
                            "libpcap's program for it may read memory it has not written");
        auto& entry = out_.blocks.front().body;
        for (const Reg reg : {a_, x_})
            if (live[reg.index]) entry.insert(entry.begin(), ir::Move{reg, Constant{0}});
        return {};
    }

    std::span<const sock_filter> cbpf_;
    ir::Function out_;
    Reg a_;
    Reg x_;
    std::array<Reg, BPF_MEMWORDS> memory_{};
    BlockId no_match_;
    BlockId match_;
    BlockId beyond_copy_;
    size_t at_ = 0;  // the cBPF instruction being converted
    BlockId block_;  // where its IR goes
};

}  // namespace

Result<ir::Function> from_cbpf(std::span<const sock_filter> cbpf) {
    return Converter(cbpf).run();
}

}  // namespace knowhy::pcap
