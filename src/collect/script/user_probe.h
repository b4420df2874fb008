// Probes that run in user space: begin, end, interval, signals. The interpreter runs them, over the
// maps that the kernel's programs have too.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "collect/memory/kernel_memory.h"
#include "collect/script/map_store.h"
#include "ir/interp.h"
#include "lang/plan/plan.h"

namespace knowhy::collect {

// For one run of one probe. Values that the run was given and changed are in the map once finish()
// is called.
class UserProbe final : public ir::Environment {
  public:
    using Emit = std::function<void(std::span<const uint8_t> record)>;

    // All must outlive it; `memory` may be null. `cookie` is what the kernel's programs get from
    // their link. `plan` has the orders in which maps are walked; null where there are none.
    UserProbe(const ir::Program& program, MapStore& maps, Emit emit, KernelMemory* memory,
              uint64_t cookie, const lang::Plan* plan = nullptr)
        : program_(program),
          maps_(maps),
          emit_(std::move(emit)),
          memory_(memory),
          cookie_(cookie),
          plan_(plan) {}

    Status run();

    std::optional<std::span<uint8_t>> lookup(ir::MapId map, std::span<const uint8_t> key) override;
    std::optional<std::span<uint8_t>> lookup_of_cpu(ir::MapId map, std::span<const uint8_t> key,
                                                    uint64_t cpu) override;
    std::vector<std::vector<uint8_t>> keys(ir::MapId map) override;
    std::vector<std::vector<uint8_t>> keys_in_order(ir::MapId map, uint32_t order) override;
    uint64_t call(ir::Helper helper, std::span<const ir::CallArgument> arguments) override;

  private:
    // A value that was handed out: where it is, what it was, what it has become.
    struct Lent {
        uint32_t map = 0;
        MapBytes key;
        MapBytes before;
        MapBytes now;
    };

    Lent* lent(uint32_t map, MapSpan key);
    void give_back();
    uint64_t update(std::span<const ir::CallArgument> arguments);
    uint64_t remove(std::span<const ir::CallArgument> arguments);
    uint64_t read_memory(ir::Helper helper, std::span<const ir::CallArgument> arguments);

    const ir::Program& program_;
    MapStore& maps_;
    Emit emit_;
    KernelMemory* memory_;
    uint64_t cookie_;
    const lang::Plan* plan_;
    std::list<Lent> lent_;      // in place as long as the run goes on: the program has their bytes
    std::list<MapBytes> read_;  // likewise; of one CPU each
};

}  // namespace knowhy::collect
