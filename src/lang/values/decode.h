// Bytes from the kernel, of a record's field or a map's key or value, to the value that a printer
// prints. Any bytes decode: what ends too early is Value::Nothing from there on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lang/types/types.h"
#include "model/script.h"

namespace knowhy::lang {

// What only the running kernel and machine know. Each answer may be empty: not known.
class Resolver {
  public:
    virtual ~Resolver() = default;

    virtual model::CodePlace kernel_symbol(uint64_t address) = 0;
    virtual model::CodePlace user_symbol(uint64_t address, uint32_t pid) = 0;
    // The frames of a stack id, the innermost first and no deeper than `how` says; those of user
    // space by the task's memory map. nullopt: no such id (any more).
    virtual std::optional<std::vector<model::CodePlace>> kernel_stack(int64_t id,
                                                                      const Type::Stack& how) = 0;
    virtual std::optional<std::vector<model::CodePlace>> user_stack(int64_t id, uint32_t pid,
                                                                    const Type::Stack& how) = 0;
    virtual std::string user_name(uint32_t uid) = 0;
    virtual std::string cgroup_path(uint64_t id) = 0;
    virtual std::string probe_name(uint64_t index) = 0;  // of Plan::names
    // A text of values, as the dialect's printf makes it.
    virtual std::string composed(const model::Formatted& what) = 0;
    // CLOCK_REALTIME of a CLOCK_BOOTTIME, both in ns.
    virtual uint64_t realtime_of_boot(uint64_t boot_ns) = 0;
};

model::Value decode(const Type& type, std::span<const std::byte> bytes, const symbols::Types& types,
                    Resolver& resolver);

// The values that a per-CPU map holds under one key, as the kernel hands them out (each one's size
// rounded up to 8 bytes), as one: integers and aggregations are added up; of other kinds the first.
std::vector<std::byte> merge(const Type& type, std::span<const std::byte> per_cpu);

// A time of day by strftime's format, in local time; %f is the microseconds, as in bpftrace.
std::string time_text(const std::string& format, uint64_t realtime_ns);

}  // namespace knowhy::lang
