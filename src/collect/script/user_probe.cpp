#include "collect/script/user_probe.h"

#include <linux/bpf.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "collect/script/walk_order.h"

namespace knowhy::collect {
namespace {

using ir::CallArgument;
using ir::Helper;
using Arguments = std::span<const CallArgument>;

uint64_t negative(int error) {
    return static_cast<uint64_t>(-static_cast<int64_t>(error));
}

uint64_t number(const CallArgument& argument) {
    const auto* value = std::get_if<uint64_t>(&argument);
    return value ? *value : 0;
}

std::span<uint8_t> bytes(const CallArgument& argument) {
    const auto* value = std::get_if<std::span<uint8_t>>(&argument);
    return value ? *value : std::span<uint8_t>();
}

uint32_t map_index(const CallArgument& argument) {
    return std::get<ir::MapId>(argument).index;
}

uint64_t clock_ns(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t pair(uint64_t high, uint64_t low) {
    return high << 32U | (low & UINT32_MAX);
}

uint64_t pid_tgid() {
    return pair(static_cast<uint64_t>(::getpid()), static_cast<uint64_t>(::gettid()));
}

uint64_t numa_node() {
    unsigned node = 0;
    return ::getcpu(nullptr, &node) == 0 ? node : 0;
}

uint64_t random_number() {
    uint32_t value = 0;
    return ::getrandom(&value, sizeof(value), 0) == sizeof(value) ? value : 0;
}

uint64_t own_comm(std::span<uint8_t> to) {
    constexpr std::string_view kComm = "knowhy";
    std::fill(to.begin(), to.end(), 0);
    std::copy_n(kComm.begin(), std::min(kComm.size(), to.size() - std::min<size_t>(to.size(), 1)),
                to.begin());
    return 0;
}

bool read_own_memory(uint64_t address, std::span<uint8_t> to) {
    const iovec local{to.data(), to.size()};
    const iovec remote{reinterpret_cast<void*>(address), to.size()};
    return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) ==
           static_cast<ssize_t>(to.size());
}

bool is_string(Helper helper) {
    return helper == Helper::ReadKernelString || helper == Helper::ReadUserString;
}

// As the kernel's: bytes up to a zero, one by one, since the next page may not be there.
template <class Read>
uint64_t read_string(std::span<uint8_t> to, uint64_t address, const Read& read) {
    for (size_t i = 0; i < to.size(); ++i) {
        if (!read(address + i, to.subspan(i, 1))) {
            std::fill(to.begin(), to.end(), 0);
            return negative(EFAULT);
        }
        if (to[i] == 0) return i + 1;
    }
    if (!to.empty()) to.back() = 0;
    return to.size();
}

}  // namespace

Status UserProbe::run() {
    lent_.clear();
    read_.clear();
    const auto result = ir::run(program_, *this);
    give_back();
    if (!result) return tl::unexpected(result.error());
    return {};
}

UserProbe::Lent* UserProbe::lent(uint32_t map, MapSpan key) {
    for (Lent& one : lent_)
        if (one.map == map && std::ranges::equal(key, one.key)) return &one;
    return nullptr;
}

std::optional<std::span<uint8_t>> UserProbe::lookup(ir::MapId map, std::span<const uint8_t> key) {
    if (Lent* known = lent(map.index, key)) return std::span(known->now);
    auto value = maps_.get(map.index, key);
    if (!value) return std::nullopt;
    Lent& one = lent_.emplace_back();
    one.map = map.index;
    one.key.assign(key.begin(), key.end());
    one.before = *value;
    one.now = std::move(*value);
    return std::span(one.now);
}

// User space's own value comes behind those of the CPUs.
std::optional<std::span<uint8_t>> UserProbe::lookup_of_cpu(ir::MapId map,
                                                           std::span<const uint8_t> key,
                                                           uint64_t cpu) {
    give_back();
    const auto all = maps_.all_values(map.index, key);
    const size_t bytes = program_.maps[map.index].value_bytes;
    const size_t begin = (bytes + 7) / 8 * 8 * cpu;
    if (!all || begin + bytes > all->size()) return std::nullopt;
    const auto from = all->begin() + static_cast<ptrdiff_t>(begin);
    return std::span(read_.emplace_back(from, from + static_cast<ptrdiff_t>(bytes)));
}

void UserProbe::give_back() {
    for (Lent& one : lent_) {
        if (one.now == one.before) continue;
        maps_.put(one.map, one.key, one.now, BPF_ANY);
        one.before = one.now;
    }
}

std::vector<std::vector<uint8_t>> UserProbe::keys(ir::MapId map) {
    return maps_.keys(map.index);
}

std::vector<std::vector<uint8_t>> UserProbe::keys_in_order(ir::MapId map, uint32_t order) {
    auto all = keys(map);
    if (plan_ == nullptr || order >= plan_->orders.size()) return all;
    give_back();  // what was changed counts
    sort_keys(all, plan_->orders[order], *plan_, maps_);
    return all;
}

uint64_t UserProbe::update(Arguments arguments) {
    const uint32_t map = map_index(arguments[0]);
    const auto key = bytes(arguments[1]);
    const auto value = bytes(arguments[2]);
    const int done = maps_.put(map, key, value, number(arguments[3]));
    Lent* const known = lent(map, key);
    if (done == 0 && known != nullptr) {
        std::copy_n(value.begin(), std::min(value.size(), known->now.size()), known->now.begin());
        known->before = known->now;
    }
    return negative(-done);
}

uint64_t UserProbe::remove(Arguments arguments) {
    const uint32_t map = map_index(arguments[0]);
    const auto key = bytes(arguments[1]);
    // Its bytes may still be looked at; they are nobody's value any more.
    if (Lent* const known = lent(map, key)) {
        known->key.clear();
        known->before = known->now;
    }
    return negative(-maps_.remove(map, key));
}

uint64_t UserProbe::read_memory(Helper helper, Arguments arguments) {
    const auto to = bytes(arguments[0]);
    const bool in_kernel = helper == Helper::ReadKernel || helper == Helper::ReadKernelString;
    const auto read = [&](uint64_t address, std::span<uint8_t> part) {
        if (!in_kernel) return read_own_memory(address, part);
        return memory_ != nullptr && memory_->read(address, part);
    };
    const uint64_t address = number(arguments[2]);
    if (is_string(helper)) return read_string(to, address, read);
    if (read(address, to)) return 0;
    std::fill(to.begin(), to.end(), 0);
    return negative(EFAULT);
}

uint64_t UserProbe::call(Helper helper, Arguments arguments) {
    switch (helper) {
        case Helper::ReadKernel:
        case Helper::ReadUser:
        case Helper::ReadKernelString:
        case Helper::ReadUserString:
            return read_memory(helper, arguments);
        case Helper::KtimeNs:
            return clock_ns(CLOCK_MONOTONIC);
        case Helper::KtimeBootNs:
            return clock_ns(CLOCK_BOOTTIME);
        case Helper::KtimeTaiNs:
            return clock_ns(CLOCK_TAI);
        case Helper::PidTgid:
            return pid_tgid();
        case Helper::UidGid:
            return pair(::getgid(), ::getuid());
        case Helper::CurrentComm:
            return own_comm(bytes(arguments[0]));
        case Helper::CpuId:
            return static_cast<uint64_t>(std::max(::sched_getcpu(), 0));
        case Helper::NumaNode:
            return numa_node();
        case Helper::Random:
            return random_number();
        case Helper::AttachCookie:
            return cookie_;
        case Helper::RingOutput:
            give_back();  // what it says may be of a map
            emit_(bytes(arguments[1]));
            return 0;
        case Helper::MapUpdate:
            return update(arguments);
        case Helper::MapDelete:
            return remove(arguments);
        case Helper::CurrentTask:
        case Helper::Jiffies64:
        case Helper::CgroupId:
            return 0;
        default:
            return negative(EOPNOTSUPP);
    }
}

}  // namespace knowhy::collect
