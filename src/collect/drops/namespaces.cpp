#include "collect/drops/namespaces.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "collect/drops/holders.h"
#include "host/files.h"

namespace knowhy::collect {
namespace {

constexpr uint64_t kMillisecond = 1'000'000;
// A change is followed by others: a link that comes up brings addresses, routes, neighbours.
constexpr uint64_t kRefreshAfter = 100 * kMillisecond;
constexpr uint64_t kReleaseEvery = 1000 * kMillisecond;
// Time for the counters of named namespaces before arming. A few milliseconds do for most hosts,
// and hundreds of namespaces are worth the wait; what is left is read right after.
constexpr uint64_t kBeforeArming = 1000 * kMillisecond;
constexpr uint64_t kKeepUp = 1000 * kMillisecond;  // time for losses that go on, in one round
constexpr size_t kMostEarlier = 4;  // looks of a namespace, besides the one that holds now
constexpr size_t kMostEarlierEntries = 10'000;  // a full routing table is not kept twice

bool has_device(const model::NetnsState& state, uint32_t ifindex) {
    return state.link(ifindex) != nullptr;
}

void read_counters(const host::Netns& netns, model::NetnsState& state, model::Counters& into) {
    if (auto counters = net::read_netns_counters(netns))
        into = std::move(*counters);
    else
        state.problems.push_back(counters.error().message);
}

}  // namespace

Namespaces::Namespaces(SysctlsWanted sysctls_wanted)
    : sysctls_wanted_(std::move(sysctls_wanted)),
      most_held_(most_held()),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Result<std::unique_ptr<Namespaces>> Namespaces::open(SysctlsWanted sysctls_wanted) {
    std::unique_ptr<Namespaces> namespaces(new Namespaces(std::move(sysctls_wanted)));
    KW_TRY(namespaces->own_, host::own_netns_inum());
    KW_TRY(host::Netns own, host::open_netns(namespaces->own_));
    namespaces->hold(std::move(own));
    namespaces->unheld_ = host::named_netns();
    const uint64_t until = monotonic_now_ns() + kBeforeArming;
    while (monotonic_now_ns() < until && namespaces->hold_next_named()) {
    }
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

// Holds a named namespace that was not looked at yet. False when there are none.
bool Namespaces::hold_next_named() {
    while (!unheld_.empty()) {
        host::Netns named = std::move(unheld_.back());
        unheld_.pop_back();
        if (kept_.size() >= most_held_ || kept_.count(named.inum) != 0) continue;
        hold(std::move(named));
        return true;
    }
    return false;
}

void Namespaces::hold(host::Netns netns) {
    const uint32_t inum = netns.inum;
    Kept& kept = kept_[inum];
    kept.netns = std::move(netns);
    kept.state.inum = inum;
    kept.state.name = kept.netns.name;
    if (kept.state.before.empty()) {
        read_counters(kept.netns, kept.state, kept.state.before);
        kept.state.before_ns = monotonic_now_ns();
    }
    kept.stale = true;
    // One that is taken up again may have changed since it was let go.
    if (kept.state.from_ns != 0 && kept.state.until_ns == 0) kept.state.until_ns = kept.quiet_ns;
    if (auto watch = net::StateWatch::open(kept.netns)) kept.watch = std::move(*watch);
    kept.changed_ns = monotonic_now_ns();
    kept.quiet_ns = kept.changed_ns;
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
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(group);
    }
    wake();
}

void Namespaces::losses_until(const std::map<uint32_t, uint64_t>& last_losses) {
    {
        const std::lock_guard lock(mutex_);
        last_losses_ = last_losses;
    }
    wake();
}

// What was lost comes first: a namespace that lost nothing can wait.
void Namespaces::run() {
    next_release_ns_ = monotonic_now_ns() + kReleaseEvery;
    for (;;) {
        std::deque<model::DropGroup> groups;
        std::map<uint32_t, uint64_t> last_losses;
        bool finishing = false;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
            groups.swap(queue_);
            last_losses.swap(last_losses_);
            finishing = finishing_;
        }
        if (finishing) read_after();
        drain_watches();
        for (const model::DropGroup& group : groups) serve(group);
        const uint64_t until = monotonic_now_ns() + kKeepUp;
        for (const auto& [inum, time_ns] : last_losses)
            if (monotonic_now_ns() < until) keep_up(inum, time_ns);
        if (!groups.empty()) continue;
        if (finishing) return;
        if (hold_next_named() || refresh_one_due()) continue;
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

// One poll for all of them: there may be hundreds.
void Namespaces::drain_watches() {
    std::vector<pollfd> fds;
    std::vector<Kept*> watched;
    for (auto& [inum, kept] : kept_) {
        if (!kept.watch) continue;
        fds.push_back({kept.watch->fd(), POLLIN, 0});
        watched.push_back(&kept);
    }
    // A watch joins nftables' group only once that exists.
    const bool nftables_came = !nftables_ && host::file_exists("/sys/module/nf_tables");
    nftables_ = nftables_ || nftables_came;
    const uint64_t before = monotonic_now_ns();
    poll(fds.data(), fds.size(), 0);
    for (size_t i = 0; i < fds.size(); ++i) {
        if (fds[i].revents != 0 || nftables_came)
            drain(*watched[i]);
        else
            watched[i]->quiet_ns = before;
    }
}

// Whatever was read of the namespace held until it was last seen to be quiet.
void Namespaces::drain(Kept& kept) {
    if (!kept.watch) return;
    const uint64_t before = monotonic_now_ns();
    if (!kept.watch->changed()) {
        kept.quiet_ns = before;
        return;
    }
    kept.changed_ns = monotonic_now_ns();
    if (kept.stale) return;
    kept.stale = true;
    kept.refresh_at_ns = kept.changed_ns + kRefreshAfter;
    for (model::NetnsState* look : {&kept.state, &kept.latest})
        if (look->from_ns != 0 && look->until_ns == 0)
            look->until_ns = std::max(kept.quiet_ns, look->from_ns);
    const std::lock_guard lock(mutex_);
    const auto shown = published_.find(kept.netns.inum);
    if (shown != published_.end()) shown->second.until_ns = kept.state.until_ns;
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
    const uint64_t since = kept.changed_ns;
    drain(kept);
    kept.latest = std::move(*state);
    // Of what changed under the reading, some is in it and some is not: it holds for no time.
    kept.latest.from_ns = kept.stale ? kept.changed_ns : since;
    kept.latest.until_ns = kept.stale ? kept.changed_ns : 0;
    if (!kept.losses) adopt(kept);
}

void Namespaces::adopt(Kept& kept) {
    const bool taken_down =
        std::any_of(kept.loss_devices.begin(), kept.loss_devices.end(),
                    [&](uint32_t device) { return !has_device(kept.latest, device); });
    const bool is_newer = kept.latest.from_ns > kept.state.from_ns;
    if (!taken_down && is_newer) {
        model::NetnsState next = kept.latest;
        next.name = kept.netns.name;
        next.sysctls = std::move(kept.state.sysctls);
        next.sysctls_read_ns = kept.state.sysctls_read_ns;
        next.before = std::move(kept.state.before);
        next.before_ns = kept.state.before_ns;
        next.after = std::move(kept.state.after);
        if (kept.losses && kept.state.from_ns != 0) keep_earlier(kept);
        kept.state = std::move(next);
    }
    const std::lock_guard lock(mutex_);
    published_[kept.netns.inum] = kept.state;
    earlier_[kept.netns.inum] = kept.earlier;
}

// The first ones stay: groups begin in them, and what begins later finds later ones.
void Namespaces::keep_earlier(Kept& kept) {
    model::NetnsState& look = kept.state;
    for (const size_t size : {look.routes.size(), look.neighbours.size(), look.fdb.size()})
        if (size > kMostEarlierEntries) look.complete = false;
    if (look.routes.size() > kMostEarlierEntries) look.routes.clear();
    if (look.neighbours.size() > kMostEarlierEntries) look.neighbours.clear();
    if (look.fdb.size() > kMostEarlierEntries) look.fdb.clear();
    look.before.clear();
    look.after.clear();
    look.sysctls.clear();
    if (kept.earlier.size() == kMostEarlier) kept.earlier.pop_back();
    kept.earlier.push_back(std::move(look));
}

// The namespace, open; nullptr when it is gone. One that was let go too early is taken up again.
Namespaces::Kept* Namespaces::kept_for(uint32_t inum) {
    const auto known = kept_.find(inum);
    if (known != kept_.end() && known->second.netns.fd.valid()) return &known->second;
    const auto named = std::find_if(unheld_.begin(), unheld_.end(),
                                    [&](const host::Netns& one) { return one.inum == inum; });
    auto netns =
        named != unheld_.end() ? Result<host::Netns>(std::move(*named)) : host::open_netns(inum);
    if (named != unheld_.end()) unheld_.erase(named);
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
    Kept* kept = group.key.netns != 0 ? kept_for(group.key.netns) : nullptr;
    if (!kept) return read_host_sysctls(group);
    kept->losses = true;
    explain_loss_at(*kept, group.first_ns);
    if (group.key.ifindex != 0 && has_device(kept->state, group.key.ifindex))
        kept->loss_devices.insert(group.key.ifindex);
    if (sysctls_wanted_) read_sysctls(*kept, group);
}

// A loss that is later than anything the state is known to hold for takes the next look.
void Namespaces::explain_loss_at(Kept& kept, uint64_t time_ns) {
    drain(kept);
    const model::NetnsState& state = kept.state;
    const bool holds = state.from_ns != 0 && (state.until_ns == 0 || time_ns <= state.until_ns);
    if (holds) return;
    if (kept.stale) refresh(kept);
    adopt(kept);
}

// Losses of a known group go on.
void Namespaces::keep_up(uint32_t inum, uint64_t time_ns) {
    const auto known = kept_.find(inum);
    if (known != kept_.end() && known->second.netns.fd.valid())
        explain_loss_at(known->second, time_ns);
}

// All that can be told of a loss whose namespace is unknown or gone.
void Namespaces::read_host_sysctls(const model::DropGroup& group) {
    if (!sysctls_wanted_) return;
    auto values = net::read_host_sysctls(sysctls_wanted_(group, nullptr));
    const std::lock_guard lock(mutex_);
    sysctls_[group.key].merge(values);
}

void Namespaces::read_sysctls(Kept& kept, const model::DropGroup& group) {
    const auto names = sysctls_wanted_(group, &kept.state);
    if (names.empty()) return;
    if (auto status = net::read_sysctls(kept.netns, names, kept.state); !status)
        kept.state.problems.push_back(status.error().message);
    const std::lock_guard lock(mutex_);
    published_[kept.netns.inum] = kept.state;
    Sysctls& ours = sysctls_[group.key];
    for (const std::string& name : names)
        if (const auto found = kept.state.sysctls.find(name); found != kept.state.sysctls.end())
            ours.insert(*found);
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

std::vector<model::NetnsState> Namespaces::earlier() const {
    const std::lock_guard lock(mutex_);
    std::vector<model::NetnsState> all;
    for (const auto& [inum, looks] : earlier_) all.insert(all.end(), looks.begin(), looks.end());
    return all;
}

Sysctls Namespaces::sysctls_of(const model::DropKey& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = sysctls_.find(key);
    return found != sysctls_.end() ? found->second : Sysctls();
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
