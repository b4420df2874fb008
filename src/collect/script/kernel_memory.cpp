#include "collect/script/kernel_memory.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/fd.h"

namespace knowhy::collect {
namespace {

constexpr uint32_t kChunk = 4096;

// bpf_probe_read_kernel(value, size, address) with a map's only value; the context is the address
// and the size.
std::vector<bpf_insn> reader(int map) {
    return {
        {BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_6, BPF_REG_1, 0, 0},
        {BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_7, BPF_REG_1, 8, 0},
        {BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0},
        {BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map},
        {},
        {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0},
        {BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4},
        {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},
        {BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 2, 0},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
        {BPF_JMP | BPF_JGT | BPF_K, BPF_REG_7, 0, -3, kChunk},
        {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_0, 0, 0},
        {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_7, 0, 0},
        {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_6, 0, 0},
        {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
}

class ReadByProgram final : public KernelMemory {
  public:
    bool read(uint64_t address, std::span<uint8_t> bytes) override {
        if (!tried_) load();
        while (!bytes.empty()) {
            const size_t size = std::min<size_t>(bytes.size(), kChunk);
            if (!read_some(address, bytes.first(size))) return false;
            bytes = bytes.subspan(size);
            address += size;
        }
        return true;
    }

  private:
    void load() {
        tried_ = true;
        map_ = UniqueFd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "kw_memory", 4, kChunk, 1, nullptr));
        const auto code = reader(map_.get());
        program_ = UniqueFd(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "kw_memory", "GPL",
                                          code.data(), code.size(), nullptr));
    }

    bool read_some(uint64_t address, std::span<uint8_t> bytes) {
        std::array<uint64_t, 2> context = {address, bytes.size()};
        bpf_test_run_opts run{};
        run.sz = sizeof(run);
        run.ctx_in = context.data();
        run.ctx_size_in = sizeof(context);
        if (!program_.valid() || bpf_prog_test_run_opts(program_.get(), &run) != 0) return false;
        if (run.retval != 0) return false;
        const uint32_t key = 0;
        std::array<uint8_t, kChunk> value{};
        if (bpf_map_lookup_elem(map_.get(), &key, value.data()) != 0) return false;
        std::copy_n(value.begin(), bytes.size(), bytes.begin());
        return true;
    }

    bool tried_ = false;
    UniqueFd map_;
    UniqueFd program_;
};

}  // namespace

std::unique_ptr<KernelMemory> read_kernel_memory() {
    return std::make_unique<ReadByProgram>();
}

}  // namespace knowhy::collect
