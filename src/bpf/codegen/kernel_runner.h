// Runs generated filters in the kernel, for tests: a raw tracepoint program, never attached, that
// hands its map's packet to the filter, by BPF_PROG_TEST_RUN.
#pragma once

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "bpf/codegen/filter_abi.h"
#include "bpf/insn/insn.h"

namespace knowhy::bpf {

class KernelRunner {
  public:
    static constexpr uint32_t kFailed = 99;

    KernelRunner() {
        bpf_map_create_opts opts{};
        opts.sz = sizeof(opts);
        opts.map_flags = BPF_F_MMAPABLE;
        map_ = UniqueFd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "packet", 4, sizeof(Value), 1, &opts));
        void* memory =
            mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED, map_.get(), 0);
        if (memory != MAP_FAILED) value_ = static_cast<Value*>(memory);
    }
    KernelRunner(const KernelRunner&) = delete;
    KernelRunner& operator=(const KernelRunner&) = delete;
    ~KernelRunner() {
        if (value_ != nullptr) munmap(value_, sizeof(Value));
    }

    // False without the privilege to make a BPF map.
    [[nodiscard]] bool usable() const { return value_ != nullptr; }

    // Loads the filter; on refusal log() is the verifier's.
    bool load(std::span<const Insn> filter) {
        const std::vector<::bpf_insn> program = around(filter);
        bpf_prog_load_opts opts{};
        opts.sz = sizeof(opts);
        program_ = UniqueFd(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "filter", "GPL",
                                          program.data(), program.size(), &opts));
        if (program_.valid()) return true;
        log_.assign(1U << 20U, '\0');
        opts.log_buf = log_.data();
        opts.log_size = static_cast<uint32_t>(log_.size());
        opts.log_level = 1;
        program_ = UniqueFd(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "filter", "GPL",
                                          program.data(), program.size(), &opts));
        log_.resize(std::strlen(log_.c_str()));
        return program_.valid();
    }
    [[nodiscard]] const std::string& log() const { return log_; }

    // The loaded filter's answer about a packet of which `copy` (at most SNAP bytes) is known.
    [[nodiscard]] uint32_t run(std::span<const uint8_t> copy, uint32_t length) const {
        value_->caplen = static_cast<uint32_t>(copy.size());
        value_->wirelen = length;
        std::ranges::copy(copy, std::begin(value_->data));
        bpf_test_run_opts opts{};
        opts.sz = sizeof(opts);
        return bpf_prog_test_run_opts(program_.get(), &opts) == 0 ? opts.retval : kFailed;
    }

  private:
    struct Value {
        uint32_t caplen, wirelen;
        uint8_t data[KNOWHY_FILTER_SNAP];
    };

    [[nodiscard]] std::vector<::bpf_insn> around(std::span<const Insn> filter) const {
        const auto [map_low, map_high] =
            wide(r1, static_cast<uint64_t>(map_.get()), BPF_PSEUDO_MAP_FD);
        std::vector<Insn> program = {
            store(Size::U32, r10, -4, 0),
            alu(Alu::Mov, Bits::Bits64, r2, r10),
            alu(Alu::Add, Bits::Bits64, r2, -4),
            map_low,
            map_high,
            call_helper(BPF_FUNC_map_lookup_elem),
            jump_if(Cond::Ne, Bits::Bits64, r0, 0, 2),
            alu(Alu::Mov, Bits::Bits64, r0, static_cast<int32_t>(kFailed)),
            exit_program(),
            bpf::load(Size::U32, r2, r0, offsetof(Value, caplen)),
            bpf::load(Size::U32, r3, r0, offsetof(Value, wirelen)),
            alu(Alu::Mov, Bits::Bits64, r1, r0),
            alu(Alu::Add, Bits::Bits64, r1, offsetof(Value, data)),
            call_subprogram(1),
            exit_program(),
        };
        program.insert(program.end(), filter.begin(), filter.end());
        return encode(program);
    }

    UniqueFd map_;
    UniqueFd program_;
    Value* value_ = nullptr;
    std::string log_;
};

}  // namespace knowhy::bpf
