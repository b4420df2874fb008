#include "symbols/disasm/code.h"

#include <algorithm>

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

class Builder {
  public:
    Builder(Code& code, const CodeNotes& notes) : code_(code), notes_(notes) {}

    void build(uint64_t entry) {
        find_leaders(entry);
        cut_blocks();
        for (size_t i = 0; i < code_.blocks.size(); ++i) connect(i);
        for (size_t i = 0; i < code_.blocks.size(); ++i) {
            for (const size_t next : code_.blocks[i].successors) {
                code_.blocks[next].predecessors.push_back(i);
            }
        }
        mark_entered();
        code_.entry = code_.block_of(*index_at(entry));
    }

  private:
    [[nodiscard]] std::optional<size_t> index_at(uint64_t address) const {
        const Instruction* const found = code_.at(address);
        if (found == nullptr) return std::nullopt;
        return static_cast<size_t>(found - code_.instructions.data());
    }

    [[nodiscard]] bool inside(uint64_t address) const {
        const auto after = std::upper_bound(
            code_.instructions.begin(), code_.instructions.end(), address,
            [](uint64_t wanted, const Instruction& other) { return wanted < other.address; });
        return after != code_.instructions.begin() && address < std::prev(after)->end();
    }

    static bool ends_block(const Instruction& instruction) {
        return instruction.kind == Kind::Jump || instruction.kind == Kind::Branch ||
               instruction.kind == Kind::Return || instruction.kind == Kind::Trap;
    }

    // A target in the middle of an instruction: one of the two was misunderstood.
    void lead(uint64_t address) {
        const auto index = index_at(address);
        if (index) {
            leaders_.insert(*index);
            if (code_.instructions[*index].delay_slot) code_.incomplete = true;
        } else if (inside(address)) {
            code_.incomplete = true;
        }
    }

    void find_leaders(uint64_t entry) {
        lead(entry);
        for (const uint64_t address : notes_.entered) lead(address);
        for (const auto& [from, to] : notes_.jumps) {
            if (const auto index = index_at(from)) {
                lead(to);
                lead(code_.instructions[*index].end());
            }
        }
        for (size_t i = 0; i < code_.instructions.size(); ++i) {
            const Instruction& instruction = code_.instructions[i];
            const bool apart = i > 0 && code_.instructions[i - 1].end() != instruction.address;
            if (i == 0 || apart) leaders_.insert(i);
            if (!ends_block(instruction)) continue;
            if (instruction.target) lead(*instruction.target);
            leaders_.insert(i + (instruction.delayed ? 2 : 1));
        }
    }

    void cut_blocks() {
        for (auto leader = leaders_.begin(); leader != leaders_.end(); ++leader) {
            if (*leader >= code_.instructions.size()) break;
            const auto next = std::next(leader);
            const size_t end = next == leaders_.end() ? code_.instructions.size()
                                                      : std::min(*next, code_.instructions.size());
            Block block;
            block.first = *leader;
            block.count = end - *leader;
            code_.blocks.push_back(std::move(block));
        }
    }

    [[nodiscard]] std::span<const Instruction> instructions_of(const Block& block) const {
        return std::span(code_.instructions).subspan(block.first, block.count);
    }

    // The one that says where control goes: before its delay slot, if it has one.
    [[nodiscard]] std::span<const Instruction> up_to_control(const Block& block) const {
        const auto all = instructions_of(block);
        const bool slot_last = all.back().delay_slot && all.size() > 1;
        return slot_last ? all.first(all.size() - 1) : all;
    }

    void connect(size_t number) {
        Block& block = code_.blocks[number];
        const auto all = instructions_of(block);
        const Instruction& control = up_to_control(block).back();
        switch (control.kind) {
            case Kind::Jump:
                connect_jump(block);
                break;
            case Kind::Return:
                break;
            case Kind::Trap:
                if (comes_back(control)) go_to(block, all.back().end());
                break;
            case Kind::Branch:
                go_to(block, control.target);
                [[fallthrough]];
            default:
                go_to(block, all.back().end());
        }
        for (const auto& [from, to] : notes_.jumps) {
            if (from < all.front().address || from >= all.back().end()) continue;
            go_to(block, to);
            go_to(block, all.back().end());
        }
    }

    void connect_jump(Block& block) {
        const auto up_to = up_to_control(block);
        const Instruction& jump = up_to.back();
        if (jump.indirect) {
            block.leaves = true;
            if (!is_indirect_tail_call(up_to)) code_.incomplete = true;
        } else {
            go_to(block, jump.target);
        }
    }

    // A one-byte int3 fills what must not be reached; WARN() uses the longer traps.
    [[nodiscard]] bool comes_back(const Instruction& trap) const {
        const auto& final = notes_.final_traps;
        return trap.length > 1 &&
               std::find(final.begin(), final.end(), trap.address) == final.end();
    }

    void go_to(Block& block, std::optional<uint64_t> address) {
        const auto index = address ? index_at(*address) : std::nullopt;
        if (!index) {
            block.leaves = true;
            return;
        }
        const size_t next = code_.block_of(*index);
        if (std::find(block.successors.begin(), block.successors.end(), next) ==
            block.successors.end()) {
            block.successors.push_back(next);
        }
    }

    void mark_entered() {
        for (const uint64_t address : notes_.entered) {
            if (const auto index = index_at(address)) {
                code_.blocks[code_.block_of(*index)].entered = true;
            }
        }
    }

    Code& code_;
    const CodeNotes& notes_;
    std::set<size_t> leaders_;
};

}  // namespace

const Instruction* Code::at(uint64_t address) const {
    const auto found = std::lower_bound(
        instructions.begin(), instructions.end(), address,
        [](const Instruction& other, uint64_t wanted) { return other.address < wanted; });
    return found != instructions.end() && found->address == address ? &*found : nullptr;
}

size_t Code::block_of(size_t index) const {
    const auto after =
        std::upper_bound(blocks.begin(), blocks.end(), index,
                         [](size_t wanted, const Block& block) { return wanted < block.first; });
    return static_cast<size_t>(std::distance(blocks.begin(), after)) - 1;
}

std::vector<size_t> Code::executed(const Block& block) const {
    std::vector<size_t> order;
    order.reserve(block.count);
    for (size_t i = block.first; i < block.first + block.count; ++i) {
        const bool slot_inside = i > block.first && instructions[i].delay_slot;
        order.insert(slot_inside ? std::prev(order.end()) : order.end(), i);
    }
    return order;
}

Code build_code(const Decoder& decoder, std::span<const CodeRange> ranges, const CodeNotes& notes) {
    Code code;
    code.machine = decoder.machine();
    code.incomplete = !decode_ranges(decoder, ranges, notes, code.instructions);
    if (ranges.empty() || code.at(ranges.front().address) == nullptr) {
        code = {};
        code.machine = decoder.machine();
        code.incomplete = true;
        return code;
    }
    Builder(code, notes).build(ranges.front().address);
    return code;
}

}  // namespace knowhy::symbols
