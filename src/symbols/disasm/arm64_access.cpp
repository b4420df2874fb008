// A64: loads and stores.
#include "symbols/disasm/arm64.h"

namespace knowhy::symbols {
namespace {

enum class Writeback : uint8_t { None, Before, After };

// What is moved: its width, its register and the direction.
struct Moved {
    unsigned bytes = 0;
    bool vector = false;
    bool load = false;
    bool sign = false;
    unsigned extended_to = 64;
    bool prefetch = false;
};

class Access {
  public:
    Access(Arm64Word word, WordInstruction& in) : w_(word), in_(in) {}

    bool dispatch() {
        switch (bits(w_.word, 29, 28)) {
            case 0:
                // Bit 26: vectors by structure, which no compiler makes for the kernel.
                return !bit(w_.word, 26) && !bit(w_.word, 24) && exclusive();
            case 1:
                return bit(w_.word, 24) ? acquire_unscaled() : literal();
            case 2:
                return pair();
            default:
                return single();
        }
    }

  private:
    [[nodiscard]] uint32_t size() const { return bits(w_.word, 31, 30); }
    [[nodiscard]] Register rt2() const { return w_.ra(); }
    [[nodiscard]] Register rs() const { return w_.rm(); }
    [[nodiscard]] int64_t offset9() const { return sign_extended(bits(w_.word, 20, 12), 9); }

    MemoryOperand& at(int64_t displacement, unsigned bytes, bool read, bool written) {
        return in_.accesses(w_.rn_sp(), displacement, bytes, read, written);
    }

    void moves(Register reg, const Moved& moved) {
        if (moved.vector) {
            const Register vector = kArm64Vector + (reg == kArm64Zr ? 31 : reg);
            if (moved.load) {
                in_.writes(vector);
            } else {
                in_.reads(vector);
            }
        } else if (moved.load) {
            in_.loads(reg, moved.bytes, moved.sign, moved.extended_to);
        } else if (!moved.prefetch) {
            in_.stores(reg, moved.bytes);
        }
    }

    bool exclusive() {
        const unsigned bytes = 1U << size();
        const bool o2 = bit(w_.word, 23);
        const bool load = bit(w_.word, 22);
        const bool o1 = bit(w_.word, 21);
        if (o2 && !o1) {  // ldar, stlr
            at(0, bytes, load, !load);
            moves(w_.rd(), {.bytes = bytes, .load = load});
            return true;
        }
        in_.out().locked = true;
        if (o2) return compare_and_swap(bytes, false);
        if (o1 && size() < 2) return compare_and_swap(size() == 0 ? 8 : 16, true);
        at(0, o1 ? bytes * 2 : bytes, load, !load);
        exclusive_register(w_.rd(), load);
        if (o1) exclusive_register(rt2(), load);
        if (!load) in_.writes(rs());
        return true;
    }

    void exclusive_register(Register reg, bool load) {
        if (load) {
            in_.writes(reg);
        } else {
            in_.reads(reg);
        }
    }

    bool compare_and_swap(unsigned bytes, bool pair) {
        at(0, bytes, true, true);
        in_.computes(rs(), rs(), w_.rd());
        if (pair) {
            const auto next = [](Register reg) { return static_cast<Register>(reg + 1); };
            if (rs() >= 30 || w_.rd() >= 30) return false;
            in_.computes(next(rs()), next(rs()), next(w_.rd()));
        }
        return true;
    }

    bool literal() {
        const bool vector = bit(w_.word, 26);
        if (bit(w_.word, 25) || (size() == 3 && vector)) return false;
        const int64_t offset = sign_extended(bits(w_.word, 23, 5), 19) * 4;
        Moved moved{.bytes = size() == 1 ? 8U : 4U, .vector = vector, .load = true};
        if (vector) moved.bytes = 4U << size();
        moved.sign = !vector && size() == 2;
        moved.prefetch = !vector && size() == 3;
        moved.load = !moved.prefetch;
        MemoryOperand& operand = in_.accesses(kArm64Zr, 0, moved.bytes, moved.load, false);
        operand.pc_relative = true;
        operand.displacement = static_cast<int64_t>(in_.address()) + offset;
        moves(w_.rd(), moved);
        return true;
    }

    // ldapur and stlur, and in the same space the memory tags.
    bool acquire_unscaled() {
        if (size() == 3 && bit(w_.word, 21) && !bit(w_.word, 26)) return tags();
        if (bit(w_.word, 21) || bit(w_.word, 26) || bits(w_.word, 11, 10) != 0) return false;
        const auto moved = general(bits(w_.word, 23, 22));
        if (!moved) return false;
        at(offset9(), moved->bytes, moved->load, !moved->load);
        moves(w_.rd(), *moved);
        return true;
    }

    // stg and its kin write tags, some of them zeros as well; ldg changes a tag in a register.
    bool tags() {
        const uint32_t operation = bits(w_.word, 23, 22);
        const uint32_t mode = bits(w_.word, 11, 10);
        const int64_t offset = offset9() * 16;
        const bool load = mode == 0 && (operation == 1 || operation == 3);
        at(mode == 1 ? 0 : offset, 0, load, !load);
        in_.reads(w_.rd());
        if (load) in_.writes(w_.rd());
        if (mode == 1 || mode == 3) writes_back(offset);
        return true;
    }

    bool pair() {
        const bool vector = bit(w_.word, 26);
        const bool load = bit(w_.word, 22);
        const bool signed_words = !vector && size() == 1;
        if (size() == 3 || (signed_words && !load)) return false;
        Moved moved{.bytes = size() == 2 ? 8U : 4U, .vector = vector, .load = load};
        if (vector) moved.bytes = 4U << size();
        moved.sign = signed_words;
        const int64_t offset = sign_extended(bits(w_.word, 21, 15), 7) * moved.bytes;
        const uint32_t mode = bits(w_.word, 24, 23);  // no allocate, post, offset, pre
        const int64_t displacement = mode == 1 ? 0 : offset;
        at(displacement, moved.bytes, load, !load);
        at(displacement + moved.bytes, moved.bytes, load, !load);
        moves(w_.rd(), moved);
        moves(rt2(), moved);
        // Two registers are more than one Transfer says.
        in_.out().transfer = {};
        if (mode == 1 || mode == 3) writes_back(offset);
        return true;
    }

    bool single() {
        if (bit(w_.word, 24)) {
            return one(static_cast<int64_t>(bits(w_.word, 21, 10)), true, Writeback::None);
        }
        const uint32_t mode = bits(w_.word, 11, 10);
        if (!bit(w_.word, 21)) {
            constexpr Writeback kModes[] = {Writeback::None, Writeback::After, Writeback::None,
                                            Writeback::Before};
            return one(offset9(), false, kModes[mode]);
        }
        if (mode == 2) return by_register();
        if (bit(w_.word, 26)) return false;
        return mode == 0 ? atomic() : authenticated();
    }

    std::optional<Moved> general(uint32_t opc) const {
        Moved moved{.bytes = 1U << size()};
        moved.load = opc != 0;
        if (opc == 2 && size() == 3) {
            moved.load = false;
            moved.prefetch = true;
        } else if (opc >= 2) {
            if (opc == 3 && size() >= 2) return std::nullopt;
            moved.sign = true;
            moved.extended_to = opc == 2 ? 64 : 32;
        }
        return moved;
    }

    [[nodiscard]] std::optional<Moved> moved() const {
        const uint32_t opc = bits(w_.word, 23, 22);
        if (!bit(w_.word, 26)) return general(opc);
        const unsigned scale = size() | (opc & 2) << 1;
        if (scale > 4) return std::nullopt;
        return Moved{.bytes = 1U << scale, .vector = true, .load = (opc & 1) != 0};
    }

    bool one(int64_t offset, bool scaled, Writeback writeback) {
        const auto what = moved();
        if (!what) return false;
        if (scaled) offset *= what->bytes;
        const bool stores = !what->load && !what->prefetch;
        at(writeback == Writeback::After ? 0 : offset, what->bytes, what->load, stores);
        moves(w_.rd(), *what);
        if (writeback != Writeback::None) writes_back(offset);
        return true;
    }

    bool by_register() {
        const auto what = moved();
        const uint32_t extension = bits(w_.word, 15, 13);
        if (!what || (extension & 2) == 0) return false;
        MemoryOperand& operand = at(0, what->bytes, what->load, !what->load && !what->prefetch);
        operand.index = w_.rm() == kArm64Zr ? std::nullopt : std::optional(w_.rm());
        operand.scale = bit(w_.word, 12) ? static_cast<uint8_t>(what->bytes) : uint8_t{1};
        in_.reads(w_.rm());
        moves(w_.rd(), *what);
        operand.index_bits = (extension & 1) != 0 ? 64 : 32;
        operand.index_signed = extension == 6;
        return true;
    }

    bool atomic() {
        const unsigned bytes = 1U << size();
        const uint32_t operation = bits(w_.word, 15, 12);
        if (operation == 12) {  // ldapr
            at(0, bytes, true, false);
            moves(w_.rd(), {.bytes = bytes, .load = true});
            return true;
        }
        if (operation > 8) return false;
        at(0, bytes, true, true);
        in_.computes(w_.rd(), rs());
        in_.out().locked = true;
        return true;
    }

    // ldraa, ldrab: the address is authenticated before.
    bool authenticated() {
        if (size() != 3) return false;
        const int64_t offset =
            sign_extended(bits(w_.word, 22, 22) << 9 | bits(w_.word, 20, 12), 10) * 8;
        at(offset, 8, true, false);
        in_.writes(w_.rd());
        if (bit(w_.word, 11)) {
            in_.writes(w_.rn_sp());
            in_.out().stack_change = std::nullopt;
        }
        return true;
    }

    // The base is written too, and a Transfer that reads through it must not outlive that: it still
    // speaks of the address before, as MemoryOperand does.
    void writes_back(int64_t offset) {
        in_.writes(w_.rn_sp());
        if (w_.rn_sp() == kArm64Sp) in_.out().stack_change = offset;
    }

    Arm64Word w_;
    WordInstruction& in_;
};

}  // namespace

bool arm64_access(Arm64Word word, WordInstruction& in) {
    return Access(word, in).dispatch();
}

}  // namespace knowhy::symbols
