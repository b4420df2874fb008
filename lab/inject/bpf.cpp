// The little BPF that recipes need: an XDP program with a constant verdict, and questions about
// what this kernel attaches.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "args.h"
#include "verbs.h"

namespace knowhy::lab {
namespace {

int load_returning(bpf_prog_type type, int value, const bpf_prog_load_opts* options) {
    const bpf_insn program[] = {
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    return bpf_prog_load(type, "kw_lab", "GPL", program, std::size(program), options);
}

bool can_fexit() {
    const int target = libbpf_find_vmlinux_btf_id("ip_rcv", BPF_TRACE_FEXIT);
    if (target < 0) {
        return false;
    }
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FEXIT,
                .attach_btf_id = static_cast<__u32>(target));
    const int program = load_returning(BPF_PROG_TYPE_TRACING, 0, &options);
    return program >= 0 && bpf_raw_tracepoint_open(nullptr, program) >= 0;
}

bool can_kprobe() {
    return std::filesystem::exists("/sys/bus/event_source/devices/kprobe/type");
}

}  // namespace

int attach_xdp(const Words& words) {
    const Args args(words);
    const std::map<std::string, int> actions = {
        {"aborted", XDP_ABORTED}, {"drop", XDP_DROP}, {"pass", XDP_PASS}};
    const auto action = args.text("action", "drop");
    const auto device = args.text("dev", "vb");
    const bool native = args.text("mode", "generic") == "native";
    args.reject_unknown();
    if (!actions.contains(action)) {
        die(fmt::format("action={}: aborted, drop or pass", action));
    }
    const int program = checked(load_returning(BPF_PROG_TYPE_XDP, actions.at(action), nullptr),
                                "loading the XDP program");
    const auto index = static_cast<int>(if_nametoindex(device.c_str()));
    checked(
        bpf_xdp_attach(index, program, native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE, nullptr),
        "XDP on " + device);
    return 0;
}

int can_attach(const Words& words) {
    const std::map<std::string, bool (*)()> questions = {{"fexit", can_fexit},
                                                         {"kprobe", can_kprobe}};
    libbpf_set_print([](libbpf_print_level, const char*, va_list) { return 0; });
    for (const auto& word : words) {
        if (!questions.contains(word)) {
            die(fmt::format("can {}: fexit or kprobe", word));
        }
        if (!questions.at(word)()) {
            return 1;
        }
    }
    return 0;
}

}  // namespace knowhy::lab
