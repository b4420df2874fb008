#include "bpf/codegen/allocate.h"

#include <algorithm>
#include <numeric>

#include "ir/flow.h"

namespace knowhy::bpf {
namespace {

// In positions: each block takes one for its start and one for each instruction and terminator.
struct Life {
    size_t first = SIZE_MAX;
    size_t last = 0;
    size_t mentions = 0;

    void extend(size_t position) {
        first = std::min(first, position);
        last = std::max(last, position);
    }
    [[nodiscard]] bool overlaps(const Life& other) const {
        return first < other.last && other.first < last;
    }
};

class Lives {
  public:
    Lives(const ir::Function& program, std::span<const ir::BlockId> order)
        : live_(ir::live_at_entry(program)), lives_(program.registers.size()) {
        for (const ir::BlockId id : order) scan(program.blocks[id.index], live_[id.index]);
    }

    [[nodiscard]] const std::vector<Life>& all() const { return lives_; }

  private:
    void scan(const ir::Block& block, const ir::RegSet& live_in) {
        extend_all(live_in);
        for (const ir::Instruction& instruction : block.body) {
            ++position_;
            ir::for_each_use(instruction, [&](ir::Reg reg) { mention(reg); });
            if (const auto reg = ir::assigned(instruction)) mention(*reg);
        }
        ++position_;
        ir::for_each_use(block.end, [&](ir::Reg reg) { mention(reg); });
        if (const auto reg = ir::assigned(block.end)) mention(*reg);
        ++position_;
        for (const ir::BlockId next : ir::successors(block.end)) extend_all(live_[next.index]);
    }

    void mention(ir::Reg reg) {
        lives_[reg.index].extend(position_);
        ++lives_[reg.index].mentions;
    }

    void extend_all(const ir::RegSet& live) {
        for (size_t i = 0; i < live.size(); ++i)
            if (live[i]) lives_[i].extend(position_);
    }

    std::vector<ir::RegSet> live_;
    std::vector<Life> lives_;
    size_t position_ = 0;
};

size_t first_free_home(std::vector<std::vector<Life>>& homes, const Life& life) {
    const auto vacant = std::ranges::find_if(homes, [&](const std::vector<Life>& tenants) {
        return std::ranges::none_of(tenants,
                                    [&](const Life& tenant) { return tenant.overlaps(life); });
    });
    if (vacant == homes.end()) {
        homes.push_back({life});
        return homes.size() - 1;
    }
    vacant->push_back(life);
    return static_cast<size_t>(vacant - homes.begin());
}

}  // namespace

Homes allocate(const ir::Function& program, std::span<const ir::BlockId> order) {
    const Lives lives(program, order);
    std::vector<size_t> busiest(lives.all().size());
    std::iota(busiest.begin(), busiest.end(), 0);
    std::ranges::stable_sort(busiest, std::greater{},
                             [&](size_t reg) { return lives.all()[reg].mentions; });
    Homes result;
    result.of.resize(busiest.size(), Homes::kNone);
    std::vector<std::vector<Life>> homes;
    for (const size_t reg : busiest)
        if (lives.all()[reg].mentions > 0)
            result.of[reg] = first_free_home(homes, lives.all()[reg]);
    result.used = homes.size();
    return result;
}

}  // namespace knowhy::bpf
