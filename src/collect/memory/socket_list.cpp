#include "collect/memory/socket_list.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/fd.h"

namespace knowhy::collect {
namespace {

// bpf_seq_write(context->meta->seq, &context->socket, 8), but for the end, where there is none
// (struct bpf_iter__tcp and bpf_iter__udp begin with these two).
std::vector<bpf_insn> writer() {
    return {
        {BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_2, BPF_REG_1, 8, 0},
        {BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_2, 0, 7, 0},
        {BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_2, -8, 0},
        {BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_1, 0, 0},
        {BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_1, 0, 0},
        {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0},
        {BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -8},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 8},
        {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_seq_write},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
}

Result<std::string> read_all(int fd) {
    std::string bytes;
    std::array<char, 16384> block{};
    for (;;) {
        const ssize_t got = ::read(fd, block.data(), block.size());
        if (got == 0) return bytes;
        if (got > 0) bytes.append(block.data(), static_cast<size_t>(got));
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return fail_errno(errno, "cannot read the kernel's list of sockets");
    }
}

}  // namespace

Result<std::vector<uint64_t>> list_sockets(uint32_t iterator) {
    bpf_prog_load_opts opts{};
    opts.sz = sizeof(opts);
    opts.expected_attach_type = BPF_TRACE_ITER;
    opts.attach_btf_id = iterator;
    const auto code = writer();
    const UniqueFd program(
        bpf_prog_load(BPF_PROG_TYPE_TRACING, "kw_sockets", "GPL", code.data(), code.size(), &opts));
    if (!program.valid()) return fail_errno(errno, "cannot load an iterator over sockets");
    const UniqueFd link(bpf_link_create(program.get(), 0, BPF_TRACE_ITER, nullptr));
    if (!link.valid()) return fail_errno(errno, "cannot make an iterator over sockets");
    const UniqueFd iterated(bpf_iter_create(link.get()));
    if (!iterated.valid()) return fail_errno(errno, "cannot open an iterator over sockets");
    KW_TRY(const std::string bytes, read_all(iterated.get()));
    std::vector<uint64_t> addresses(bytes.size() / sizeof(uint64_t));
    std::memcpy(addresses.data(), bytes.data(), addresses.size() * sizeof(uint64_t));
    return addresses;
}

}  // namespace knowhy::collect
