// A script's maps (lang/plan/plan.h), as the kernel's programs and the probes in user space share
// them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::collect {

using MapBytes = std::vector<uint8_t>;
using MapSpan = std::span<const uint8_t>;

// Of several maps, by their index in the plan.
class MapStore {
  public:
    MapStore() = default;
    MapStore(const MapStore&) = delete;
    MapStore& operator=(const MapStore&) = delete;
    virtual ~MapStore() = default;

    // What user space sees of a value and may change by put(). Of a per-CPU map that is a value of
    // its own, next to those of the CPUs, so that neither takes away from the other: zeros where
    // only the kernel has the key.
    virtual std::optional<MapBytes> get(uint32_t map, MapSpan key) = 0;
    // 0 or a negative errno; flags as of bpf_map_update_elem.
    virtual int put(uint32_t map, MapSpan key, MapSpan value, uint64_t flags) = 0;
    virtual int remove(uint32_t map, MapSpan key) = 0;
    virtual std::vector<MapBytes> keys(uint32_t map) = 0;
    // All values of a key, one behind the other: a per-CPU map has one for each CPU and one of user
    // space, each rounded up to 8 bytes; others have one.
    virtual std::optional<MapBytes> all_values(uint32_t map, MapSpan key) = 0;
};

// For a script with no program in the kernel: no privilege is needed.
std::unique_ptr<MapStore> maps_in_memory(std::span<const ir::Map> maps);

class KernelMaps final : public MapStore {
  public:
    // Maps whose names in the kernel begin with "kw_". What user space has of a per-CPU one is
    // here, or, where programs are to see it, in the map that `user_parts` has at its place.
    static Result<std::unique_ptr<KernelMaps>> create(
        std::span<const ir::Map> maps, uint32_t cpus,
        std::vector<std::optional<uint32_t>> user_parts = {});

    std::optional<MapBytes> get(uint32_t map, MapSpan key) override;
    int put(uint32_t map, MapSpan key, MapSpan value, uint64_t flags) override;
    int remove(uint32_t map, MapSpan key) override;
    std::vector<MapBytes> keys(uint32_t map) override;
    std::optional<MapBytes> all_values(uint32_t map, MapSpan key) override;

    // Of each map, in their order.
    [[nodiscard]] std::vector<int> descriptors() const;

  private:
    KernelMaps(std::span<const ir::Map> maps, uint32_t cpus,
               std::vector<std::optional<uint32_t>> user_parts)
        : maps_(maps.begin(), maps.end()),
          cpus_(cpus),
          user_parts_(std::move(user_parts)),
          own_(maps_in_memory(maps)) {
        user_parts_.resize(maps_.size());
    }
    [[nodiscard]] bool is_per_cpu(uint32_t map) const;
    [[nodiscard]] std::optional<MapBytes> read(uint32_t map, MapSpan key) const;
    // User space's part of a per-CPU map: by its number in that store.
    struct Part {
        MapStore& store;
        uint32_t map;
    };
    Part part_of(uint32_t map);

    std::vector<ir::Map> maps_;
    uint32_t cpus_;  // possible ones
    std::vector<std::optional<uint32_t>> user_parts_;
    std::vector<UniqueFd> fds_;
    std::unique_ptr<MapStore> own_;
};

}  // namespace knowhy::collect
