// The session: what arrives from the kernel becomes groups, states and an Observation.
#include <bpf/libbpf.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <future>
#include <limits>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "collect/drops/budget.h"
#include "collect/drops/drops.h"
#include "collect/drops/groups.h"
#include "collect/drops/host_facts.h"
#include "collect/drops/namespaces.h"
#include "collect/drops/programs.h"

namespace knowhy::collect {
namespace {

using model::DropGroup;

// Samples taken at a time: where they come faster than they can be read, the caller gets to look at
// the clock all the same.
constexpr unsigned kBatch = 4096;
constexpr int kSymbolsTimeout = 60'000;  // ms; reading them takes 0.1 s, or some on a slow machine

struct RingCloser {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

// Tells when modules come: the kernel broadcasts it (lib/kobject_uevent.c, group 1). Without it the
// session looks now and then.
UniqueFd open_module_news() {
    UniqueFd fd(
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1;
    if (!fd.valid() || bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
        return UniqueFd();
    return fd;
}

std::map<uint32_t, uint64_t> last_losses(const std::map<model::DropKey, DropGroup>& groups) {
    std::map<uint32_t, uint64_t> last;
    for (const auto& [key, group] : groups) {
        uint64_t& time_ns = last[key.netns];
        time_ns = std::max(time_ns, group.last_ns);
    }
    return last;
}

// What arming takes, for --verbose.
class StepTimer {
  public:
    void done(const char* step) {
        const uint64_t now = monotonic_now_ns();
        log::debug("{}: {:.1f} ms", step, static_cast<double>(now - since_) / 1e6);
        since_ = now;
    }

  private:
    uint64_t since_ = monotonic_now_ns();
};

class Session final : public DropsSession {
  public:
    explicit Session(DropsOptions options)
        : options_(std::move(options)),
          budget_(options_.max_cpu_percent, options_.every_packet,
                  static_cast<unsigned>(libbpf_num_possible_cpus())),
          clock_(ClockPair::now()) {}
    ~Session() override = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Status arm();
    [[nodiscard]] unsigned armed_probes() const override { return programs_->probes(); }
    Result<bool> poll(int timeout_ms) override;
    void charge(uint64_t cpu_ns) override { cpu_used_ns_ += cpu_ns; }
    Result<model::Observation> observe(bool final) override;

  private:
    static int take(void* self, void* data, size_t size);
    Status consume(unsigned most);
    void take_sample(std::span<const std::byte> bytes);
    bool have_symbols(int timeout_ms);
    void wait(int timeout_ms) const;
    void arm_new_modules();
    bool within_budget();
    void stop();
    void close_books(model::Accounting& books, bool final);
    void name_devices(model::Observation& seen) const;

    DropsOptions options_;
    Budget budget_;
    ClockPair clock_;
    model::HostState host_;
    std::unique_ptr<Namespaces> namespaces_;
    std::unique_ptr<Programs> programs_;
    std::unique_ptr<GroupTable> groups_;
    std::unique_ptr<ring_buffer, RingCloser> ring_;
    std::future<Result<symbols::SymbolTable>> loading_symbols_;
    std::optional<symbols::SymbolTable> symbols_;
    UniqueFd module_news_;
    uint64_t armed_ns_ = 0;
    uint64_t stopped_ns_ = 0;
    uint64_t cpu_used_ns_ = 0;
    unsigned may_take_ = 0;  // of this batch
    bool finished_ = false;
    std::vector<std::string> notes_;
};

Status Session::arm() {
    StepTimer timer;
    KW_TRY(auto btf, symbols::KernelBtf::load_running());
    groups_ = std::make_unique<GroupTable>(btf.drop_reasons());
    timer.done("kernel BTF");
    ProgramOptions programs;
    programs.filter = options_.filter;
    programs.scope = options_.scope;
    programs.every_packet = options_.every_packet;
    programs.stacks = options_.stacks;
    programs.points = options_.points;
    programs.knobs = budget_.knobs();

    module_news_ = open_module_news();
    KW_TRY(namespaces_, Namespaces::open(options_.sysctls_wanted));
    read_host_before(host_);
    timer.done("counters before");
    KW_TRY(programs_, Programs::arm(programs, std::move(btf)));
    if (!programs_->filter_note().empty()) notes_.push_back(programs_->filter_note());
    timer.done("programs armed");
    armed_ns_ = monotonic_now_ns();

    loading_symbols_ =
        std::async(std::launch::async, [] { return symbols::SymbolTable::load_running(); });
    namespaces_->start();
    ring_.reset(ring_buffer__new(programs_->ring_fd(), &Session::take, this, nullptr));
    if (!ring_) return fail_errno(errno, "reading the ring buffer");
    return {};
}

// A negative answer ends the batch; libbpf hands it on.
int Session::take(void* self, void* data, size_t size) {
    auto& session = *static_cast<Session*>(self);
    session.take_sample({static_cast<const std::byte*>(data), size});
    return --session.may_take_ == 0 ? -ECANCELED : 0;
}

Status Session::consume(unsigned most) {
    may_take_ = most;
    const int taken = ring_buffer__consume(ring_.get());
    if (taken < 0 && taken != -ECANCELED) return fail_errno(-taken, "reading the ring buffer");
    return {};
}

void Session::take_sample(std::span<const std::byte> bytes) {
    auto read = read_sample(bytes, symbols_ ? &*symbols_ : nullptr);
    if (!read) return;
    const GroupTable::Added added = groups_->add(std::move(*read));
    if (added.is_new) {
        namespaces_->loss_seen(*added.group);
        programs_->arm_for(added.group->place.function);
        programs_->arm_for(added.group->point);
    }
    if (options_.on_sample) options_.on_sample(*added.group, added.group->samples.back());
}

// Places need the symbol table, which is read while the first losses arrive. False: not yet.
bool Session::have_symbols(int timeout_ms) {
    if (!loading_symbols_.valid()) return true;
    if (loading_symbols_.wait_for(std::chrono::milliseconds(timeout_ms)) !=
        std::future_status::ready)
        return false;
    auto loaded = loading_symbols_.get();
    if (!loaded) {
        notes_.push_back(fmt::format("no symbols: {}", loaded.error().message));
        return true;
    }
    if (loaded->hidden())
        notes_.emplace_back(
            "/proc/kallsyms hides its addresses (kernel.kptr_restrict): no symbols");
    symbols_ = std::move(*loaded);
    groups_->set_symbols(&*symbols_);
    return true;
}

void Session::wait(int timeout_ms) const {
    std::array<pollfd, 2> fds = {pollfd{ring_buffer__epoll_fd(ring_.get()), POLLIN, 0},
                                 pollfd{module_news_.get(), POLLIN, 0}};
    ::poll(fds.data(), fds.size(), timeout_ms);
}

void Session::arm_new_modules() {
    std::array<char, 4096> news{};
    bool any = !module_news_.valid();
    while (module_news_.valid() &&
           recv(module_news_.get(), news.data(), news.size(), MSG_DONTWAIT) > 0)
        any = true;
    if (any && programs_->arm_loaded_modules())
        log::debug("points of a module that was loaded meanwhile are armed");
}

bool Session::within_budget() {
    const kw_totals totals = programs_->totals();
    Cost cost;
    cost.now_ns = monotonic_now_ns();
    cost.user_cpu_ns = cpu_used_ns_;
    cost.events = totals.events + totals.filtered_out;
    cost.work_ns = totals.work_ns;
    cost.work_runs = totals.work_runs;
    switch (budget_.look(cost)) {
        case Budget::Verdict::Unchanged:
            return true;
        case Budget::Verdict::Changed:
            programs_->set_knobs(budget_.knobs());
            return true;
        case Budget::Verdict::Over:
            break;
    }
    notes_.push_back(
        fmt::format("ended: counting alone took {:.1f} % of a CPU, more than the {:g} "
                    "% allowed (--max-cpu)",
                    budget_.percent(), options_.max_cpu_percent));
    return false;
}

Result<bool> Session::poll(int timeout_ms) {
    if (stopped_ns_ != 0) return false;
    arm_new_modules();
    if (!have_symbols(timeout_ms)) return true;
    wait(timeout_ms);
    const uint64_t before = thread_cpu_ns();
    KW_CHECK_OK(consume(kBatch));
    charge(thread_cpu_ns() - before);
    if (within_budget()) return true;
    stop();
    return false;
}

// From here on nothing is counted, so that counts, books and counters are of one moment.
void Session::stop() {
    if (stopped_ns_ != 0) return;
    kw_knobs knobs = budget_.knobs();
    knobs.stopped = 1;
    programs_->set_knobs(knobs);
    stopped_ns_ = monotonic_now_ns();
}

void Session::close_books(model::Accounting& books, bool final) {
    const kw_totals totals = programs_->totals();
    books.other = totals.other;
    books.filtered_out = totals.filtered_out;
    books.beyond_copy = totals.beyond_copy;
    books.samples = totals.samples;
    books.lost_samples = totals.lost_samples;
    books.shed_samples = totals.shed_samples;
    books.missed_probes = programs_->missed();
    books.points = programs_->points();
    books.source = programs_->source();
    books.notes = notes_;
    if (budget_.has_shed())
        books.notes.push_back(fmt::format(
            "samples were shed to stay within {:g} % of a CPU; counts are exact all the same",
            options_.max_cpu_percent));
    const uint64_t end = stopped_ns_ != 0 ? stopped_ns_ : monotonic_now_ns();
    books.elapsed_s = static_cast<double>(end - armed_ns_) / 1e9;

    uint64_t counted = books.other;
    for (const auto& [key, group] : groups_->groups()) counted += group.count;
    // While losses go on, the keys are read one after the other and the total at another moment.
    books.events = final ? totals.events : counted;
    if (books.events != counted)
        books.notes.push_back(fmt::format("{} losses were counted and {} found in the groups",
                                          books.events, counted));
}

void Session::name_devices(model::Observation& seen) const {
    for (DropGroup& group : seen.groups) {
        const model::NetnsState* state = seen.host.netns(group.key.netns);
        const model::Link* link = state ? state->link(group.key.ifindex) : nullptr;
        if (group.device.empty() && link) group.device = link->name;
    }
}

Result<model::Observation> Session::observe(bool final) {
    if (final && !finished_) {
        stop();
        read_host_after(host_);
        // A run that was under way when the stop was set ends within microseconds.
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        have_symbols(kSymbolsTimeout);
        KW_CHECK_OK(consume(std::numeric_limits<unsigned>::max()));
    }
    for (const DropGroup* group : groups_->take_counts(programs_->counts()))
        namespaces_->loss_seen(*group);
    namespaces_->losses_until(last_losses(groups_->groups()));
    if (final && !finished_) namespaces_->finish();
    finished_ = finished_ || final;

    model::Observation seen;
    seen.clock = clock_;
    seen.filter = options_.filter;
    seen.scope = options_.scope;
    seen.host = host_;
    seen.host.namespaces = namespaces_->states();
    seen.host.earlier = namespaces_->earlier();
    for (const auto& [key, group] : groups_->groups()) {
        seen.groups.push_back(group);
        seen.groups.back().sysctls = namespaces_->sysctls_of(key);
    }
    name_devices(seen);
    close_books(seen.accounting, final);
    return seen;
}

}  // namespace

Result<std::unique_ptr<DropsSession>> DropsSession::open(DropsOptions options) {
    auto session = std::make_unique<Session>(std::move(options));
    KW_CHECK_OK(session->arm());
    return session;
}

}  // namespace knowhy::collect
