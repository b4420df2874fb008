#include "bpf/load/features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>

#include "base/fd.h"
#include "base/text.h"
#include "host/files.h"

namespace knowhy::bpf {
namespace {

constexpr const char* kKprobePmu = "/sys/bus/event_source/devices/kprobe/type";
// A function every kernel with networking has, rarely called, that BTF describes.
constexpr const char* kSomeFunction = "unregister_netdevice_many";
constexpr const char* kSomeTracepoint = "btf_trace_kfree_skb";

constexpr std::array<bpf_insn, 2> kReturnZero = {
    bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
    bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};

// A load or attach that was tried: the fd, or the reason why not.
struct Tried {
    UniqueFd fd;
    std::string why;
};

Tried tried(int result) {
    if (result >= 0) return {UniqueFd(result), ""};
    return {UniqueFd(), errno_name(errno)};
}

Tried try_load(bpf_prog_type type, bpf_attach_type attach = bpf_attach_type{}, int btf_id = 0) {
    bpf_prog_load_opts options{};
    options.sz = sizeof(options);
    options.expected_attach_type = attach;
    options.attach_btf_id = static_cast<uint32_t>(btf_id);
    return tried(
        bpf_prog_load(type, nullptr, "GPL", kReturnZero.data(), kReturnZero.size(), &options));
}

int btf_id(const symbols::KernelBtf* btf, const char* name, uint32_t kind) {
    return btf ? btf__find_by_name_kind(btf->vmlinux(), name, kind) : -1;
}

Tried try_tracing(const symbols::KernelBtf* btf, bpf_attach_type attach) {
    const bool tracepoint = attach == BPF_TRACE_RAW_TP;
    const int id = tracepoint ? btf_id(btf, kSomeTracepoint, BTF_KIND_TYPEDEF)
                              : btf_id(btf, kSomeFunction, BTF_KIND_FUNC);
    if (id <= 0) return {UniqueFd(), btf ? "not in this kernel's BTF" : "no BTF"};
    return try_load(BPF_PROG_TYPE_TRACING, attach, id);
}

std::string kprobe_pmu_missing() {
    if (host::file_exists(kKprobePmu)) return "";
    return "no kprobe PMU";
}

UniqueFd open_perf(perf_event_attr attr) {
    attr.size = sizeof(attr);
    const long fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    return UniqueFd(static_cast<int>(fd));
}

Tried try_kprobe_attach(bool at_return) {
    if (auto why = kprobe_pmu_missing(); !why.empty()) return {UniqueFd(), why};
    auto type = host::read_kernel_file(kKprobePmu);
    if (!type) return {UniqueFd(), type.error().message};
    perf_event_attr attr{};
    attr.type = static_cast<uint32_t>(parse_u64(trimmed(*type)).value_or(0));
    attr.config = at_return ? 1 : 0;  // .../kprobe/format/retprobe: config:0
    attr.kprobe_func = reinterpret_cast<uint64_t>(kSomeFunction);
    UniqueFd fd = open_perf(attr);
    if (!fd.valid()) return {UniqueFd(), errno_name(errno)};
    Tried program = try_load(BPF_PROG_TYPE_KPROBE);
    if (!program.fd.valid()) return program;
    if (ioctl(fd.get(), PERF_EVENT_IOC_SET_BPF, program.fd.get()) != 0)
        return {UniqueFd(), errno_name(errno)};
    return {std::move(fd), ""};
}

Tried try_perf_software() {
    perf_event_attr attr{};
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_CPU_CLOCK;
    attr.sample_period = 1000000;
    UniqueFd fd = open_perf(attr);
    if (!fd.valid()) return {UniqueFd(), errno_name(errno)};
    return {std::move(fd), ""};
}

Tried try_raw_tp_attach() {
    Tried program = try_load(BPF_PROG_TYPE_RAW_TRACEPOINT);
    if (!program.fd.valid()) return program;
    return tried(bpf_raw_tracepoint_open("kfree_skb", program.fd.get()));
}

Tried try_tracing_attach(const symbols::KernelBtf* btf, bpf_attach_type attach) {
    Tried program = try_tracing(btf, attach);
    if (!program.fd.valid()) return program;
    return tried(bpf_raw_tracepoint_open(nullptr, program.fd.get()));
}

Tried try_map(bpf_map_type type, uint32_t key, uint32_t value, uint32_t entries) {
    return tried(bpf_map_create(type, nullptr, key, value, entries, nullptr));
}

Feature feature(const char* name, const Tried& result) {
    return {name, result.fd.valid(), result.why};
}

}  // namespace

Features probe_features(const symbols::KernelBtf* btf) {
    Features all;
    all.programs = {
        feature("tp_btf", try_tracing(btf, BPF_TRACE_RAW_TP)),
        feature("raw_tp", try_load(BPF_PROG_TYPE_RAW_TRACEPOINT)),
        feature("tracepoint", try_load(BPF_PROG_TYPE_TRACEPOINT)),
        feature("fentry", try_tracing(btf, BPF_TRACE_FENTRY)),
        feature("fexit", try_tracing(btf, BPF_TRACE_FEXIT)),
        feature("kprobe", try_load(BPF_PROG_TYPE_KPROBE)),
        feature("perf_event", try_load(BPF_PROG_TYPE_PERF_EVENT)),
        feature("socket_filter", try_load(BPF_PROG_TYPE_SOCKET_FILTER)),
        feature("tc", try_load(BPF_PROG_TYPE_SCHED_CLS)),
        feature("xdp", try_load(BPF_PROG_TYPE_XDP)),
    };
    all.attaches = {
        feature("tp_btf", try_tracing_attach(btf, BPF_TRACE_RAW_TP)),
        feature("raw_tp", try_raw_tp_attach()),
        feature("fentry", try_tracing_attach(btf, BPF_TRACE_FENTRY)),
        feature("fexit", try_tracing_attach(btf, BPF_TRACE_FEXIT)),
        feature("kprobe", try_kprobe_attach(false)),
        feature("kretprobe", try_kprobe_attach(true)),
        feature("perf software event", try_perf_software()),
    };
    const auto page = static_cast<uint32_t>(sysconf(_SC_PAGESIZE));
    all.maps = {
        feature("ring buffer", try_map(BPF_MAP_TYPE_RINGBUF, 0, 0, page)),
        feature("per-CPU hash", try_map(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 1)),
    };
    return all;
}

Abilities probe_abilities(const symbols::KernelBtf& btf) {
    Abilities abilities;
    abilities.tracing = try_tracing(&btf, BPF_TRACE_FEXIT).why;
    abilities.kprobe = kprobe_pmu_missing();
    if (abilities.kprobe.empty()) abilities.kprobe = try_load(BPF_PROG_TYPE_KPROBE).why;
    return abilities;
}

bool kernel_variable_readable(const symbols::KernelBtf& btf, const std::string& variable) {
    const int id = btf_id(&btf, variable.c_str(), BTF_KIND_VAR);
    if (id <= 0) return false;
    const std::array<bpf_insn, 4> program = {
        bpf_insn{BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_BTF_ID, 0, id},
        bpf_insn{},
        kReturnZero[0],
        kReturnZero[1],
    };
    bpf_prog_load_opts options{};
    options.sz = sizeof(options);
    return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, nullptr, "GPL", program.data(),
                                  program.size(), &options))
        .valid();
}

}  // namespace knowhy::bpf
