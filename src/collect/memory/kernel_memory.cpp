#include "collect/memory/kernel_memory.h"

#include <linux/bpf.h>

#include <algorithm>
#include <array>

#include "collect/memory/device_memory.h"
#include "collect/memory/test_run.h"

namespace knowhy::collect {
namespace {

// What one run reads at most: then an address that is bad says which page is.
constexpr uint32_t kPage = 4096;

// bpf_probe_read_kernel(the map's value, size, address); the context is the address and the size.
std::vector<bpf_insn> reader(int map) {
    return {
        {BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_3, BPF_REG_1, 0, 0},
        {BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_2, BPF_REG_1, 8, 0},
        {BPF_JMP | BPF_JGT | BPF_K, BPF_REG_2, 0, 4, kPage},
        {BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, map},
        {},
        {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, -1},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
}

// The map's value = bpf_get_current_task().
std::vector<bpf_insn> asker(int map) {
    return {
        {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_task},
        {BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, map},
        {},
        {BPF_STX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_0, 0, 0},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
}

class ReadByProgram final : public KernelMemory {
  public:
    Status load(bool spare_devices) {
        tried_ = true;
        if (spare_devices) devices_ = device_memory();
        KW_TRY(program_, TestRun::load("kw_memory", kPage, reader));
        return {};
    }

    bool read(uint64_t address, std::span<uint8_t> bytes) override {
        if (!tried_) (void)load(false);
        if (!program_ || is_device(address, bytes.size())) return false;
        while (!bytes.empty()) {
            const size_t size = std::min<size_t>(bytes.size(), kPage - address % kPage);
            if (program_->run({address, size}) != 0) return false;
            std::copy_n(program_->value().begin(), size, bytes.begin());
            bytes = bytes.subspan(size);
            address += size;
        }
        return true;
    }

  private:
    [[nodiscard]] bool is_device(uint64_t address, uint64_t bytes) const {
        return std::any_of(devices_.begin(), devices_.end(), [&](const AddressSpan& span) {
            return address < span.end && span.begin < address + bytes;
        });
    }

    bool tried_ = false;
    std::vector<AddressSpan> devices_;  // not to be read
    std::optional<TestRun> program_;
};

}  // namespace

std::unique_ptr<KernelMemory> read_kernel_memory() {
    return std::make_unique<ReadByProgram>();
}

Result<std::unique_ptr<KernelMemory>> open_kernel_memory() {
    auto memory = std::make_unique<ReadByProgram>();
    KW_CHECK_OK(memory->load(true));
    return memory;
}

std::optional<uint64_t> first_unreadable(KernelMemory& memory, uint64_t address, uint64_t bytes) {
    uint8_t byte = 0;
    for (uint64_t done = 0; done < bytes;) {
        if (!memory.read(address + done, {&byte, 1})) return address + done;
        done += kPage - (address + done) % kPage;
    }
    return std::nullopt;
}

Result<uint64_t> current_task() {
    KW_TRY(const TestRun program, TestRun::load("kw_task", sizeof(uint64_t), asker));
    if (program.run({0, 0}) != 0)
        return fail(ErrorKind::System, "the kernel does not say which task runs");
    uint64_t address = 0;
    std::copy_n(program.value().begin(), sizeof(address), reinterpret_cast<uint8_t*>(&address));
    return address;
}

}  // namespace knowhy::collect
