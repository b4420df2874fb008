#include "collect/drops/namespaces.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "host/files.h"

namespace knowhy::collect {
namespace {

constexpr uint64_t kMillisecond = 1'000'000;
// A change is followed by others: a link that comes up brings addresses, routes, neighbours.
constexpr uint64_t kRefreshAfter = 100 * kMillisecond;
constexpr uint64_t kReleaseEvery = 1000 * kMillisecond;
// Time for the counters of named namespaces before arming; the others' are read right after, as
// far as anyone would name namespaces.
constexpr uint64_t kBeforeArming = 250 * kMillisecond;
constexpr size_t kMostHeld = 512;

bool has_device(const model::NetnsState& state, uint32_t ifindex) {
    return state.link(ifindex) != nullptr;
}

void read_counters(const host::Netns& netns, model::NetnsState& state, model::Counters& into) {
    if (auto counters = net::read_netns_counters(netns))
        into = std::move(*counters);
    else
        state.problems.push_back(counters.error().message);
}

// Open files of this process on a namespace, ours included.
unsigned own_files_on(const std::string& link) {
    unsigned count = 0;
    const auto numbers = host::list_directory("/proc/self/fd");
    if (!numbers) return 0;
    for (const std::string& number : *numbers) {
        std::error_code gone;
        if (std::filesystem::read_symlink("/proc/self/fd/" + number, gone) == link) ++count;
    }
    return count;
}

// An fd on a namespace keeps it alive, and with it devices that others wait for: so it is held only
// as long as someone else holds the namespace too, by a mount, by living in it, or by a file that
// another part of this process has open.
bool held_elsewhere(uint32_t inum) {
    const std::string link = fmt::format("net:[{}]", inum);
    if (own_files_on(link) > 1) return true;
    const auto mounts = host::read_kernel_file("/proc/self/mountinfo");
    if (mounts && mounts->find(link) != std::string::npos) return true;
    const auto entries = host::list_directory("/proc");
    if (!entries) return true;
    const std::string self = std::to_string(getpid());
    return std::any_of(entries->begin(), entries->end(), [&](const std::string& pid) {
        if (!parse_u64(pid) || pid == self) return false;
        struct stat seen {};
        const std::string path = fmt::format("/proc/{}/ns/net", pid);
        return stat(path.c_str(), &seen) == 0 && seen.st_ino == inum;
    });
}

}  // namespace

Namespaces::Namespaces(SysctlsWanted sysctls_wanted)
    : sysctls_wanted_(std::move(sysctls_wanted)),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<std::unique_ptr<Namespaces>> Namespaces::open(SysctlsWanted sysctls_wanted) {
    std::unique_ptr<Namespaces> namespaces(new Namespaces(std::move(sysctls_wanted)));
    KW_TRY(namespaces->own_, host::own_netns_inum());
    KW_TRY(host::Netns own, host::open_netns(namespaces->own_));
    namespaces->hold(std::move(own));
    namespaces->hold_named(monotonic_now_ns() + kBeforeArming);
    return namespaces;
}

Namespaces::~Namespaces() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
}

void Namespaces::hold_named(uint64_t until_ns) {
    for (host::Netns& named : host::named_netns()) {
        if (monotonic_now_ns() > until_ns || kept_.size() >= kMostHeld) return;
        if (kept_.count(named.inum) == 0) hold(std::move(named));
    }
}

void Namespaces::hold(host::Netns netns) {
    const uint32_t inum = netns.inum;
    Kept& kept = kept_[inum];
    kept.netns = std::move(netns);
    kept.state.inum = inum;
    kept.state.name = kept.netns.name;
    if (kept.state.before.empty()) read_counters(kept.netns, kept.state, kept.state.before);
    kept.stale = true;
    if (auto watch = net::StateWatch::open(kept.netns)) kept.watch = std::move(*watch);
}

void Namespaces::start() {
    thread_ = std::thread([this] { run(); });
}

void Namespaces::wake() {
    const uint64_t one = 1;
    // A full counter means that it is awake already.
    if (write(wake_fd_.get(), &one, sizeof(one)) < 0 && errno != EAGAIN)
        log::debug("waking the namespaces' thread: {}", errno_name(errno));
}

void Namespaces::loss_seen(const model::DropGroup& group) {
    if (group.key.netns == 0) return;
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(group);
    }
    wake();
}

void Namespaces::run() {
    hold_named(UINT64_MAX);
    next_release_ns_ = monotonic_now_ns() + kReleaseEvery;
    for (;;) {
        std::deque<model::DropGroup> groups;
        bool finishing = false;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
            groups.swap(queue_);
            finishing = finishing_;
        }
        if (finishing) read_after();
        drain_watches();
        for (const model::DropGroup& group : groups) serve(group);
        if (!groups.empty()) continue;
        if (finishing) return;
        if (refresh_one_due()) continue;
        release_what_ended();
        wait_for_news();
    }
}

void Namespaces::wait_for_news() {
    std::vector<pollfd> fds = {{wake_fd_.get(), POLLIN, 0}};
    const uint64_t now = monotonic_now_ns();
    uint64_t due = std::max(now, next_release_ns_);
    for (const auto& [inum, kept] : kept_) {
        if (kept.watch) fds.push_back({kept.watch->fd(), POLLIN, 0});
        if (kept.watch && kept.stale) due = std::min(due, std::max(now, kept.refresh_at_ns));
    }
    poll(fds.data(), fds.size(), static_cast<int>((due - now) / kMillisecond) + 1);
    uint64_t drained = 0;
    if (read(wake_fd_.get(), &drained, sizeof(drained)) < 0 && errno != EAGAIN)
        log::debug("the namespaces' thread: {}", errno_name(errno));
}

void Namespaces::drain_watches() {
    for (auto& [inum, kept] : kept_) {
        if (!kept.watch || !kept.watch->changed() || kept.stale) continue;
        kept.stale = true;
        kept.refresh_at_ns = monotonic_now_ns() + kRefreshAfter;
    }
}

// One at a time: a loss does not wait for the states of namespaces that lost nothing.
bool Namespaces::refresh_one_due() {
    const uint64_t now = monotonic_now_ns();
    const auto due = std::find_if(kept_.begin(), kept_.end(), [&](const auto& entry) {
        const Kept& kept = entry.second;
        return kept.watch && kept.stale && now >= kept.refresh_at_ns;
    });
    if (due == kept_.end()) return false;
    refresh(due->second);
    return true;
}

// Reads the state; what it replaces stays the explanation until a loss adopts the new one.
void Namespaces::refresh(Kept& kept) {
    kept.stale = false;
    auto state = net::read_netns(kept.netns);
    if (!state) {
        kept.state.problems.push_back(state.error().message);
        return;
    }
    kept.latest = std::move(*state);
    if (!kept.losses) adopt(kept);
}

void Namespaces::adopt(Kept& kept) {
    const bool taken_down =
        std::any_of(kept.loss_devices.begin(), kept.loss_devices.end(),
                    [&](uint32_t device) { return !has_device(kept.latest, device); });
    if (!taken_down && kept.latest.inum != 0) {
        model::NetnsState next = kept.latest;
        next.name = kept.netns.name;
        next.sysctls = std::move(kept.state.sysctls);
        next.sysctls_read_ns = kept.state.sysctls_read_ns;
        next.before = std::move(kept.state.before);
        next.after = std::move(kept.state.after);
        kept.state = std::move(next);
    }
    const std::lock_guard lock(mutex_);
    published_[kept.netns.inum] = kept.state;
}

// The namespace, open; nullptr when it is gone. One that was let go too early is taken up again.
Namespaces::Kept* Namespaces::kept_for(uint32_t inum) {
    const auto known = kept_.find(inum);
    if (known != kept_.end() && known->second.netns.fd.valid()) return &known->second;
    auto netns = host::open_netns(inum);
    if (netns) {
        hold(std::move(*netns));
        return &kept_[inum];
    }
    if (known == kept_.end()) {
        Kept& kept = kept_[inum];
        kept.netns.inum = inum;
        kept.state.inum = inum;
        kept.state.problems.push_back(netns.error().message);
        kept.stale = false;
        adopt(kept);
    }
    return nullptr;
}

void Namespaces::serve(const model::DropGroup& group) {
    Kept* kept = kept_for(group.key.netns);
    if (!kept) return;
    kept->losses = true;
    if (kept->stale || (kept->watch && kept->watch->changed())) refresh(*kept);
    if (group.key.ifindex != 0 && has_device(kept->latest, group.key.ifindex))
        kept->loss_devices.insert(group.key.ifindex);
    adopt(*kept);
    read_sysctls(*kept, group);
}

void Namespaces::read_sysctls(Kept& kept, const model::DropGroup& group) {
    if (!sysctls_wanted_) return;
    const std::vector<std::string> names = sysctls_wanted_(group, &kept.state);
    if (names.empty()) return;
    if (auto status = net::read_sysctls(kept.netns, names, kept.state); !status)
        kept.state.problems.push_back(status.error().message);
    const std::lock_guard lock(mutex_);
    published_[kept.netns.inum] = kept.state;
}

void Namespaces::release(Kept& kept) {
    read_counters(kept.netns, kept.state, kept.state.after);
    kept.watch.reset();
    kept.netns.fd.reset();
    kept.stale = false;
    const std::lock_guard lock(mutex_);
    published_[kept.netns.inum] = kept.state;
}

void Namespaces::release_what_ended() {
    const uint64_t now = monotonic_now_ns();
    if (now < next_release_ns_) return;
    for (auto& [inum, kept] : kept_)
        if (inum != own_ && kept.netns.fd.valid() && !held_elsewhere(inum)) release(kept);
    next_release_ns_ = monotonic_now_ns() + kReleaseEvery;
}

// The counters first, while they are still those of the losses; then what is left to be looked at.
void Namespaces::read_after() {
    if (after_read_) return;
    after_read_ = true;
    for (auto& [inum, kept] : kept_)
        if (kept.netns.fd.valid()) read_counters(kept.netns, kept.state, kept.state.after);
}

void Namespaces::finish() {
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
    for (auto& [inum, kept] : kept_) published_[inum] = kept.state;
}

std::map<uint32_t, model::NetnsState> Namespaces::states() const {
    const std::lock_guard lock(mutex_);
    return published_;
}

}  // namespace knowhy::collect
