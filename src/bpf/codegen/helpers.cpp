#include "bpf/codegen/helpers.h"

#include <linux/bpf.h>

#include <array>
#include <cstddef>

namespace knowhy::bpf {
namespace {

// In the order of ir::Helper.
constexpr std::array<int32_t, ir::kHelpers> kNumbers = {
    BPF_FUNC_probe_read_kernel,     BPF_FUNC_probe_read_user,
    BPF_FUNC_probe_read_kernel_str, BPF_FUNC_probe_read_user_str,
    BPF_FUNC_ktime_get_ns,          BPF_FUNC_ktime_get_boot_ns,
    BPF_FUNC_ktime_get_tai_ns,      BPF_FUNC_jiffies64,
    BPF_FUNC_get_current_pid_tgid,  BPF_FUNC_get_current_uid_gid,
    BPF_FUNC_get_current_comm,      BPF_FUNC_get_current_task,
    BPF_FUNC_get_smp_processor_id,  BPF_FUNC_get_numa_node_id,
    BPF_FUNC_get_prandom_u32,       BPF_FUNC_get_current_cgroup_id,
    BPF_FUNC_get_stackid,           BPF_FUNC_get_stack,
    BPF_FUNC_get_func_ip,           BPF_FUNC_get_attach_cookie,
    BPF_FUNC_ringbuf_output,        BPF_FUNC_skb_output,
    BPF_FUNC_map_update_elem,       BPF_FUNC_map_delete_elem,
    BPF_FUNC_send_signal,           BPF_FUNC_get_ns_current_pid_tgid,
    BPF_FUNC_send_signal_thread,
};

}  // namespace

int32_t number_of(ir::Helper helper) {
    return kNumbers.at(static_cast<size_t>(helper));
}

}  // namespace knowhy::bpf
