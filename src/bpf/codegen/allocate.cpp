#include "bpf/codegen/allocate.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "ir/flow.h"
#include "ir/overloaded.h"

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
    Lives(const ir::Function& function, std::span<const ir::BlockId> order)
        : live_(ir::live_at_entry(function)), lives_(function.registers.size()) {
        for (const ir::Reg reg : function.parameters) mention(reg);
        calls_.push_back(++position_);  // the caller's
        // One that nobody reads must not share the home of another all the same.
        for (const ir::Reg reg : function.parameters) mention(reg);
        ++position_;
        for (const ir::BlockId id : order) scan(function.blocks[id.index], live_[id.index]);
    }

    [[nodiscard]] const std::vector<Life>& all() const { return lives_; }

    [[nodiscard]] bool meets_call(const Life& life) const {
        const auto next = std::ranges::upper_bound(calls_, life.first);
        return next != calls_.end() && *next <= life.last;
    }

  private:
    void scan(const ir::Block& block, const ir::RegSet& live_in) {
        extend_all(live_in);
        for (const ir::Instruction& instruction : block.body) {
            ++position_;
            if (calls(instruction)) calls_.push_back(position_);
            ir::for_each_use(instruction, [&](ir::Reg reg) { mention(reg); });
            if (const auto reg = ir::assigned(instruction)) mention(*reg);
        }
        ++position_;
        if (calls(block.end)) calls_.push_back(position_);
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
    std::vector<size_t> calls_;  // rising
    size_t position_ = 0;
};

using Tenants = std::vector<std::vector<Life>>;  // by home

size_t first_free_home(Tenants& homes, size_t from, const Life& life) {
    if (homes.size() < from) homes.resize(from);
    const auto vacant =
        std::find_if(homes.begin() + static_cast<ptrdiff_t>(from), homes.end(),
                     [&](const std::vector<Life>& tenants) {
                         return std::ranges::none_of(
                             tenants, [&](const Life& tenant) { return tenant.overlaps(life); });
                     });
    const auto home = static_cast<size_t>(vacant - homes.begin());
    if (vacant == homes.end()) homes.emplace_back();
    homes[home].push_back(life);
    return home;
}

// Registers in the order in which they choose.
std::vector<size_t> choosing_order(const ir::Function& function, const std::vector<Life>& lives) {
    std::vector<size_t> order(lives.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater{}, [&](size_t reg) {
        return std::tuple(function.registers[reg] == ir::Type::Address, lives[reg].mentions);
    });
    return order;
}

}  // namespace

bool calls(const ir::Instruction& instruction) {
    return std::visit(
        ir::Overloaded{
            [](const ir::CallHelper&) { return true; },
            [](const ir::CallFunction&) { return true; }, [](const ir::Loop&) { return true; },
            [](const ir::ForEach&) { return true; },
            [](const ir::Copy& copy) { return copy.bytes > kMostInlineBytes; },
            [](const ir::Fill& fill) { return fill.bytes > kMostInlineBytes && fill.with == 0; },
            [](const auto&) { return false; }},
        instruction);
}

bool calls(const ir::Terminator& terminator) {
    return std::holds_alternative<ir::Lookup>(terminator);
}

Homes allocate(const ir::Function& function, std::span<const ir::BlockId> order,
               size_t overwritten) {
    const Lives lives(function, order);
    Homes result;
    result.of.resize(lives.all().size(), Homes::kNone);
    Tenants homes;
    for (const size_t reg : choosing_order(function, lives.all())) {
        const Life& life = lives.all()[reg];
        if (life.mentions == 0) continue;
        result.of[reg] = first_free_home(homes, lives.meets_call(life) ? overwritten : 0, life);
    }
    result.used = homes.size();
    return result;
}

}  // namespace knowhy::bpf
