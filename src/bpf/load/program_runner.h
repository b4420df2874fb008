// Runs whole programs in the kernel, for tests: as raw tracepoint programs, never attached, by
// BPF_PROG_TEST_RUN; and the same in the interpreter.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/file.h"
#include "bpf/load/program.h"
#include "bpf/load/random_program.h"
#include "ir/memory_environment.h"

namespace knowhy::bpf {

// What a run leaves behind.
struct Outcome {
    uint32_t result = 0;
    std::vector<ir::MemoryEnvironment::Contents> maps;  // by ir::MapId
    bool operator==(const Outcome&) const = default;
};

class ProgramRunner {
  public:
    using Bytes = ir::MemoryEnvironment::Bytes;
    static constexpr uint32_t kUserBytes = 4096;

    // Stays on this CPU: of a per-CPU map, only its values are looked at.
    ProgramRunner() : maps_(TestMaps::all()), user_memory_(kUserBytes) {
        cpu_ = sched_getcpu();
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu_, &one);
        sched_setaffinity(0, sizeof(one), &one);
        for (const ir::Map& map : maps_) {
            auto fd = create_map(map);
            if (!fd) return;
            fds_.push_back(std::move(*fd));
        }
        for (size_t i = 0; i < user_memory_.size(); ++i)
            user_memory_[i] = i % 37 == 36 ? 0 : static_cast<uint8_t>('a' + i % 26);
        for (uint8_t i = 0; i < TestMaps::kContextBytes; ++i)
            context_.push_back(i % 13 == 12 ? 0 : static_cast<uint8_t>(i * 37 + 1));
        usable_ = true;
    }

    // False without the privilege to make BPF maps.
    [[nodiscard]] bool usable() const { return usable_; }

    [[nodiscard]] uint64_t user_address() const {
        return reinterpret_cast<uintptr_t>(user_memory_.data());
    }

    [[nodiscard]] tl::expected<LoadedProgram, ProgramRefusal> load(
        const GeneratedProgram& generated,
        bpf_prog_type type = BPF_PROG_TYPE_RAW_TRACEPOINT) const {
        ProgramRequest request{"random", type, {}, 0, 0, {}, {}};
        for (const UniqueFd& fd : fds_) request.maps.push_back(fd.get());
        return load_program(generated, request);
    }

    Outcome run(const LoadedProgram& program) {
        reset();
        bpf_test_run_opts options{};
        options.sz = sizeof(options);
        options.ctx_in = context_.data();
        options.ctx_size_in = static_cast<__u32>(context_.size());
        Outcome outcome;
        if (bpf_prog_test_run_opts(program.program.get(), &options) != 0)
            outcome.result = kFailed;
        else
            outcome.result = options.retval;
        for (uint32_t i = 0; i < maps_.size(); ++i) outcome.maps.push_back(contents(i));
        return outcome;
    }

    [[nodiscard]] Result<Outcome> interpret(const ir::Program& program) const {
        ir::MemoryEnvironment environment(maps_);
        environment.set_context(context_);
        environment.add_memory(user_address(), user_memory_, true);
        const auto thread = static_cast<uint64_t>(syscall(SYS_gettid));
        environment.set_task(static_cast<uint64_t>(getpid()) << 32U | thread, comm());
        for (uint32_t map : {TestMaps::kHash, TestMaps::kPerCpuHash})
            for (const auto& [key, value] : initial(map)) environment.set({map}, key, value);
        KW_TRY(const uint64_t result, ir::run(program, environment));
        Outcome outcome{static_cast<uint32_t>(result), {}};
        for (uint32_t i = 0; i < maps_.size(); ++i)
            outcome.maps.push_back(environment.contents({i}));
        return outcome;
    }

  private:
    static constexpr uint32_t kFailed = 99;

    static std::string comm() {
        auto text = read_file("/proc/thread-self/comm", 64).value_or("");
        if (text.ends_with('\n')) text.pop_back();
        return text;
    }

    // Half of the few keys that programs use.
    [[nodiscard]] ir::MemoryEnvironment::Contents initial(uint32_t map) const {
        ir::MemoryEnvironment::Contents contents;
        for (uint8_t i = 0; i < 6; ++i) {
            Bytes key(maps_[map].key_bytes, 0);
            key[0] = static_cast<uint8_t>(i * 2);
            contents[key] = Bytes(maps_[map].value_bytes, static_cast<uint8_t>(i * 50));
        }
        return contents;
    }

    [[nodiscard]] bool is_array(uint32_t map) const {
        return maps_[map].kind == ir::Map::Kind::Array ||
               maps_[map].kind == ir::Map::Kind::PerCpuArray;
    }
    [[nodiscard]] bool is_per_cpu(uint32_t map) const {
        return map == TestMaps::kPerCpuHash || map == TestMaps::kPerCpuArray;
    }

    // System calls take a value for each CPU, each at a multiple of 8.
    [[nodiscard]] size_t stride(uint32_t map) const { return (maps_[map].value_bytes + 7) / 8 * 8; }
    [[nodiscard]] size_t user_bytes(uint32_t map) const {
        return is_per_cpu(map) ? stride(map) * static_cast<size_t>(libbpf_num_possible_cpus())
                               : maps_[map].value_bytes;
    }

    void reset() {
        for (uint32_t map = 0; map < maps_.size(); ++map) {
            const int fd = fds_[map].get();
            if (is_array(map)) {
                const Bytes zeros(user_bytes(map), 0);
                for (uint32_t i = 0; i < maps_[map].max_entries; ++i)
                    bpf_map_update_elem(fd, &i, zeros.data(), BPF_ANY);
                continue;
            }
            for (const auto& [key, value] : contents(map)) bpf_map_delete_elem(fd, key.data());
            for (const auto& [key, value] : initial(map)) {
                const Bytes all(user_bytes(map), value[0]);
                bpf_map_update_elem(fd, key.data(), all.data(), BPF_ANY);
            }
        }
    }

    [[nodiscard]] ir::MemoryEnvironment::Contents contents(uint32_t map) const {
        ir::MemoryEnvironment::Contents all;
        const int fd = fds_[map].get();
        Bytes key(maps_[map].key_bytes, 0);
        const void* last = nullptr;
        Bytes value(user_bytes(map), 0);
        while (bpf_map_get_next_key(fd, last, key.data()) == 0) {
            last = key.data();
            if (bpf_map_lookup_elem(fd, key.data(), value.data()) != 0) continue;
            const size_t start = is_per_cpu(map) ? stride(map) * static_cast<size_t>(cpu_) : 0;
            const auto* from = value.data() + start;
            all[key] = Bytes(from, from + maps_[map].value_bytes);
        }
        return all;
    }

    std::vector<ir::Map> maps_;
    std::vector<UniqueFd> fds_;
    std::vector<uint8_t> user_memory_;
    Bytes context_;
    int cpu_ = 0;
    bool usable_ = false;
};

}  // namespace knowhy::bpf
