// An environment without a kernel: maps and memory are what its user puts there. For tests.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ir/interp.h"

namespace knowhy::ir {

class MemoryEnvironment : public Environment {
  public:
    using Bytes = std::vector<uint8_t>;
    using Contents = std::map<Bytes, Bytes>;  // value by key; an array has all its keys

    explicit MemoryEnvironment(const std::vector<Map>& maps);

    [[nodiscard]] const Contents& contents(MapId map) const { return maps_[map.index].contents; }
    void set(MapId map, Bytes key, Bytes value);

    void set_context(Bytes context) { context_ = std::move(context); }
    // `bytes` lie at that address of the kernel's or the process's memory; they outlive this.
    void add_memory(uint64_t address, std::span<const uint8_t> bytes, bool of_user);
    void set_task(uint64_t pid_tgid, std::string comm);

    std::span<const uint8_t> context() override { return context_; }
    std::optional<std::span<uint8_t>> lookup(MapId map, std::span<const uint8_t> key) override;
    std::vector<Bytes> keys(MapId map) override;
    // Helpers that read memory, change maps and tell the task. Others give 0.
    uint64_t call(Helper helper, std::span<const CallArgument> arguments) override;

  private:
    struct Stored {
        Map map;
        Contents contents;
    };
    struct Memory {
        uint64_t address;
        std::span<const uint8_t> bytes;
        bool of_user;
    };

    // From the address on to the end of what is known there.
    [[nodiscard]] std::span<const uint8_t> memory_at(uint64_t address, bool of_user) const;
    int64_t read(std::span<uint8_t> to, uint64_t address, bool of_user) const;
    int64_t read_string(std::span<uint8_t> to, uint64_t address, bool of_user) const;
    int64_t update(Stored& map, std::span<const uint8_t> key, std::span<const uint8_t> value,
                   uint64_t flags);
    static int64_t remove(Stored& map, std::span<const uint8_t> key);

    std::vector<Stored> maps_;
    std::vector<Memory> memory_;
    Bytes context_;
    uint64_t pid_tgid_ = 0;
    std::string comm_;
};

}  // namespace knowhy::ir
