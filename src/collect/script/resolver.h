// What the values of a script's records stand for on this machine: symbols, stacks, users, cgroups.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "collect/script/map_store.h"
#include "collect/script/running_kernel.h"
#include "lang/plan/plan.h"
#include "lang/values/decode.h"

namespace knowhy::collect {

class RunningResolver final : public lang::Resolver {
  public:
    using Format = std::function<std::string(const model::Formatted&)>;

    // All must outlive it. `format`: the dialect's printf.
    RunningResolver(const lang::Plan& plan, RunningKernel& kernel, MapStore& maps, Format format)
        : plan_(plan),
          kernel_(kernel),
          maps_(maps),
          format_(std::move(format)),
          clock_(ClockPair::now()) {}

    model::CodePlace kernel_symbol(uint64_t address) override;
    model::CodePlace user_symbol(uint64_t address, uint32_t pid) override;
    std::optional<std::vector<model::CodePlace>> kernel_stack(
        int64_t id, const lang::Type::Stack& how) override;
    std::optional<std::vector<model::CodePlace>> user_stack(int64_t id, uint32_t pid,
                                                            const lang::Type::Stack& how) override;
    std::string user_name(uint32_t uid) override;
    std::string cgroup_path(uint64_t id) override;
    std::string probe_name(uint64_t index) override;
    std::string composed(const model::Formatted& what) override;
    uint64_t realtime_of_boot(uint64_t boot_ns) override;

  private:
    std::optional<std::vector<uint64_t>> frames(int64_t id, const lang::Type::Stack& how);

    // Where a file is mapped in a process.
    struct Mapping {
        uint64_t begin = 0;
        uint64_t end = 0;
        uint64_t offset = 0;  // in the file
        std::string path;
    };
    const std::vector<Mapping>& mappings_of(uint32_t pid);

    const lang::Plan& plan_;
    RunningKernel& kernel_;
    MapStore& maps_;
    Format format_;
    ClockPair clock_;
    std::map<uint32_t, std::vector<Mapping>> mappings_;
};

}  // namespace knowhy::collect
