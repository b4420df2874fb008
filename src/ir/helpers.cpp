#include "ir/helpers.h"

#include <array>
#include <cstddef>

namespace knowhy::ir {
namespace {

using Kind = ArgumentKind;

constexpr std::array kRead = {Kind::WritesBytes, Kind::Size, Kind::Value};
constexpr std::array kFillsBytes = {Kind::WritesBytes, Kind::Size};
constexpr std::array kStackId = {Kind::Context, Kind::Map, Kind::Value};
constexpr std::array kGetStack = {Kind::Context, Kind::WritesBytes, Kind::Size, Kind::Value};
constexpr std::array kOfContext = {Kind::Context};
constexpr std::array kRingOutput = {Kind::Map, Kind::ReadsBytes, Kind::Size, Kind::Value};
constexpr std::array kSkbOutput = {Kind::ContextField, Kind::Map, Kind::Value, Kind::ReadsBytes,
                                   Kind::Size};
constexpr std::array kMapUpdate = {Kind::Map, Kind::Key, Kind::MapValue, Kind::Value};
constexpr std::array kMapDelete = {Kind::Map, Kind::Key};
constexpr std::array kValue = {Kind::Value};
constexpr std::array kNsPidTgid = {Kind::Value, Kind::Value, Kind::WritesBytes, Kind::Size};

constexpr Effects kStack = Effects::ReadsContext | Effects::ReadsTask;

// In the order of Helper.
constexpr std::array<HelperInfo, kHelpers> kInfos = {{
    {"probe_read_kernel", kRead, Effects::ReadsMemory},
    {"probe_read_user", kRead, Effects::ReadsMemory | Effects::ReadsTask},
    {"probe_read_kernel_str", kRead, Effects::ReadsMemory},
    {"probe_read_user_str", kRead, Effects::ReadsMemory | Effects::ReadsTask},
    {"ktime_get_ns", {}, Effects::None},
    {"ktime_get_boot_ns", {}, Effects::None},
    {"ktime_get_tai_ns", {}, Effects::None},
    {"jiffies64", {}, Effects::None},
    {"get_current_pid_tgid", {}, Effects::ReadsTask},
    {"get_current_uid_gid", {}, Effects::ReadsTask},
    {"get_current_comm", kFillsBytes, Effects::ReadsTask},
    {"get_current_task", {}, Effects::ReadsTask},
    {"get_smp_processor_id", {}, Effects::ReadsTask},
    {"get_numa_node_id", {}, Effects::ReadsTask},
    {"get_prandom_u32", {}, Effects::None},
    {"get_current_cgroup_id", {}, Effects::ReadsTask},
    {"get_stackid", kStackId, kStack | Effects::WritesMaps},
    {"get_stack", kGetStack, kStack},
    {"get_func_ip", kOfContext, Effects::ReadsContext},
    {"get_attach_cookie", kOfContext, Effects::ReadsContext},
    {"ringbuf_output", kRingOutput, Effects::Emits},
    {"skb_output", kSkbOutput, Effects::Emits | Effects::ReadsContext},
    {"map_update_elem", kMapUpdate, Effects::WritesMaps},
    {"map_delete_elem", kMapDelete, Effects::WritesMaps},
    {"send_signal", kValue, Effects::Signals},
    {"get_ns_current_pid_tgid", kNsPidTgid, Effects::ReadsTask},
    {"send_signal_thread", kValue, Effects::Signals},
}};

}  // namespace

const HelperInfo& info_of(Helper helper) {
    return kInfos.at(static_cast<size_t>(helper));
}

}  // namespace knowhy::ir
