#include "collect/script/session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "collect/memory/kernel_memory.h"
#include "collect/script/gate.h"
#include "collect/script/packet_files.h"
#include "collect/script/resolver.h"
#include "collect/script/speaker.h"
#include "collect/script/user_probe.h"
#include "host/child.h"

namespace knowhy::collect {
namespace {

// Records taken at a time: where they come faster than they can be printed, the rest of the
// session gets its turn all the same.
constexpr unsigned kBatch = 4096;
// Taken at once, every record would wake us for itself, at the cost of the program that sends it.
constexpr auto kNap = std::chrono::milliseconds(1);
constexpr uint64_t kSecond = 1'000'000'000;
// Seconds over the budget before a run ends.
constexpr unsigned kPatience = 3;

struct RingCloser {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

template <class At>
bool is(const lang::ProbePlan& probe) {
    return !probe.targets.empty() && std::holds_alternative<At>(probe.targets.front().at);
}

Result<UniqueFd> make_timer(uint64_t period_ns) {
    UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    itimerspec times{};
    times.it_interval.tv_sec = static_cast<time_t>(period_ns / kSecond);
    times.it_interval.tv_nsec = static_cast<long>(period_ns % kSecond);
    times.it_value = times.it_interval;
    if (!timer.valid() || ::timerfd_settime(timer.get(), 0, &times, nullptr) != 0)
        return fail_errno(errno, "making a timer");
    return timer;
}

Result<UniqueFd> listen_for(int signal) {
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, signal);
    ::pthread_sigmask(SIG_BLOCK, &one, nullptr);
    UniqueFd listener(::signalfd(-1, &one, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!listener.valid()) return fail_errno(errno, "listening for a signal");
    return listener;
}

class Session final : public ScriptSession {
  public:
    Session(const lang::Plan& plan, const lang::Source& source, RunningKernel& kernel,
            ScriptOptions options)
        : plan_(plan), source_(source), kernel_(kernel), options_(std::move(options)) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() override {
        if (programs_) programs_->detach();
    }

    Status load();
    Status arm() override;
    [[nodiscard]] size_t probes() const override;
    Result<bool> poll(int timeout_ms) override;
    Status finish() override;
    void print_maps() override { speaker_->print_maps(); }
    [[nodiscard]] ScriptBooks books() const override;
    [[nodiscard]] int exit_status() const override { return speaker_->exit_status().value_or(0); }

  private:
    // What makes a probe of user space run: a timer, or a signal.
    struct Waker {
        UniqueFd descriptor;
        const lang::ProbePlan* probe = nullptr;
    };

    [[nodiscard]] bool any_in_kernel() const;
    [[nodiscard]] bool has_reason_to_wait() const;
    Status make_wakers();
    Status run(const lang::ProbePlan& probe);
    template <class At>
    Status run_all();
    static int take(void* self, void* data, size_t size);
    Status consume(unsigned most);
    Status consume_all();
    Status wake(const std::vector<pollfd>& ready);
    [[nodiscard]] uint64_t counter(uint32_t key) const;
    bool within_budget();
    void set_gate(bool open);

    const lang::Plan& plan_;
    const lang::Source& source_;
    RunningKernel& kernel_;
    ScriptOptions options_;
    std::unique_ptr<MapStore> maps_;
    std::vector<int> map_fds_;  // empty: nothing is in the kernel
    std::unique_ptr<RunningResolver> resolver_;
    std::unique_ptr<Speaker> speaker_;
    std::unique_ptr<KernelMemory> memory_;
    std::optional<ScriptPrograms> programs_;
    std::unique_ptr<ring_buffer, RingCloser> ring_;
    std::unique_ptr<PacketFiles> packets_;
    std::vector<Waker> wakers_;
    UniqueFd watched_;  // the process of options_.pid
    UniqueFd stats_;    // as long as it is open the kernel counts the programs' run time
    unsigned may_take_ = 0;
    uint64_t begun_ns_ = monotonic_now_ns();
    uint64_t looked_ns_ = 0;
    uint64_t look_again_ns_ = 0;
    uint64_t run_time_then_ = 0;
    unsigned over_ = 0;
    std::vector<std::string> notes_;
};

bool Session::any_in_kernel() const {
    return std::ranges::any_of(plan_.probes,
                               [](const lang::ProbePlan& probe) { return !probe.in_user_space; });
}

Status Session::load() {
    if (any_in_kernel()) {
        std::vector<ir::Map> all = plan_.ir_maps;
        all.push_back(gate_map());
        std::vector<std::optional<uint32_t>> user_parts;
        for (const lang::MapPlan& map : plan_.maps) user_parts.push_back(map.user_part);
        KW_TRY(auto maps, KernelMaps::create(all, kernel_.cpus(), std::move(user_parts)));
        map_fds_ = maps->descriptors();
        maps_ = std::move(maps);
    } else {
        maps_ = maps_in_memory(plan_.ir_maps);
    }
    for (uint32_t i = 0; i < plan_.maps.size(); ++i)
        if (const auto& first = plan_.maps[i].first; !first.empty())
            maps_->put(i, MapBytes(plan_.ir_maps[i].key_bytes), first, BPF_ANY);
    resolver_ = std::make_unique<RunningResolver>(plan_, kernel_, *maps_, options_.format);
    SpeakerOptions how;
    how.said = options_.said;
    how.format = options_.format;
    speaker_ = std::make_unique<Speaker>(plan_, source_, *maps_, *resolver_, std::move(how));
    memory_ = read_kernel_memory();
    if (options_.pid) {
        KW_TRY(watched_, host::watch_process(*options_.pid));
    }
    if (map_fds_.empty()) return {};

    ring_.reset(ring_buffer__new(map_fds_[lang::Plan::kRecords], &Session::take, this, nullptr));
    if (!ring_) return fail_errno(errno, "reading the ring buffer");
    if (plan_.packets) {
        KW_TRY(packets_, PacketFiles::open(plan_, map_fds_[*plan_.packets]));
    }
    ProgramsOptions programs;
    programs.verifier_log = options_.verifier_log;
    programs.progress = options_.progress;
    if (options_.only_of_pid) programs.pid = options_.pid.value_or(-1);
    KW_TRY(programs_, ScriptPrograms::load(plan_, source_, kernel_, map_fds_, std::move(programs)));
    return {};
}

size_t Session::probes() const {
    size_t count = 0;
    for (const lang::ProbePlan& probe : plan_.probes) count += probe.targets.size();
    return count;
}

Status Session::run(const lang::ProbePlan& probe) {
    uint64_t cookie = 0;
    for (const lang::ProbePlan& other : plan_.probes) {
        if (&other == &probe) break;
        cookie += other.targets.size();
    }
    UserProbe once(
        probe.program, *maps_, [this](std::span<const uint8_t> record) { speaker_->take(record); },
        memory_.get(), cookie, &plan_);
    return once.run();
}

template <class At>
Status Session::run_all() {
    std::vector<const lang::ProbePlan*> due;
    for (const lang::ProbePlan& probe : plan_.probes)
        if (is<At>(probe)) due.push_back(&probe);
    std::ranges::stable_sort(due, {}, [](const lang::ProbePlan* probe) { return probe->order; });
    for (const lang::ProbePlan* probe : due) {
        // A script that ended while it began begins no further.
        if (std::is_same_v<At, lang::BeginAt> && speaker_->exit_status()) break;
        KW_CHECK_OK(run(*probe));
    }
    return {};
}

Status Session::make_wakers() {
    for (const lang::ProbePlan& probe : plan_.probes) {
        for (const lang::Target& target : probe.targets) {
            Waker waker{{}, &probe};
            if (const auto* interval = std::get_if<lang::IntervalAt>(&target.at)) {
                KW_TRY(waker.descriptor, make_timer(interval->period_ns));
            } else if (const auto* signal = std::get_if<lang::SignalAt>(&target.at)) {
                KW_TRY(waker.descriptor, listen_for(signal->number));
            } else {
                continue;
            }
            wakers_.push_back(std::move(waker));
        }
    }
    return {};
}

Status Session::arm() {
    KW_CHECK_OK(run_all<lang::BeginAt>());
    begun_ns_ = monotonic_now_ns();
    if (speaker_->exit_status()) return {};
    if (programs_) KW_CHECK_OK(programs_->attach());
    set_gate(true);
    begun_ns_ = monotonic_now_ns();
    KW_CHECK_OK(make_wakers());
    // What iterators' programs say comes as records; the kernel's own text is not asked for.
    return programs_ ? programs_->walk_iterators([](std::string_view) {}) : Status();
}

// A negative answer ends the batch; libbpf hands it on.
int Session::take(void* self, void* data, size_t size) {
    auto& session = *static_cast<Session*>(self);
    session.speaker_->take({static_cast<const uint8_t*>(data), size});
    return --session.may_take_ == 0 ? -ECANCELED : 0;
}

Status Session::consume(unsigned most) {
    if (!ring_) return {};
    may_take_ = most;
    const int taken = ring_buffer__consume(ring_.get());
    if (taken < 0 && taken != -ECANCELED) return fail_errno(-taken, "reading the ring buffer");
    return {};
}

// What is there now; not what comes meanwhile.
Status Session::consume_all() {
    return consume(64 * kBatch);
}

// Nothing can happen any more in a script of begin, end and iterators alone.
bool Session::has_reason_to_wait() const {
    if (!wakers_.empty()) return true;
    return std::ranges::any_of(plan_.probes, [](const lang::ProbePlan& probe) {
        return !probe.in_user_space && !is<lang::IteratorAt>(probe);
    });
}

Status Session::wake(const std::vector<pollfd>& ready) {
    for (size_t i = 0; i < wakers_.size(); ++i) {
        if ((ready[i].revents & POLLIN) == 0 || speaker_->exit_status()) continue;
        // Ticks that were missed are not made up for.
        std::array<char, sizeof(signalfd_siginfo)> news{};
        if (::read(wakers_[i].descriptor.get(), news.data(), news.size()) <= 0) continue;
        KW_CHECK_OK(run(*wakers_[i].probe));
    }
    return {};
}

Result<bool> Session::poll(int timeout_ms) {
    if (speaker_->exit_status()) return false;
    if (!has_reason_to_wait()) {
        KW_CHECK_OK(consume_all());
        return false;
    }
    std::vector<pollfd> all;
    for (const Waker& waker : wakers_) all.push_back({waker.descriptor.get(), POLLIN, 0});
    const size_t ends = all.size();
    if (watched_.valid()) all.push_back({watched_.get(), POLLIN, 0});
    if (options_.child_ended) all.push_back({*options_.child_ended, POLLIN, 0});
    const size_t last = all.size();
    if (packets_) all.push_back({packets_->descriptor(), POLLIN, 0});
    if (ring_) all.push_back({ring_buffer__epoll_fd(ring_.get()), POLLIN, 0});
    ::poll(all.data(), all.size(), timeout_ms);
    if (ring_ && all.back().revents != 0) std::this_thread::sleep_for(kNap);

    const bool over = std::any_of(all.begin() + static_cast<ptrdiff_t>(ends),
                                  all.begin() + static_cast<ptrdiff_t>(last),
                                  [](const pollfd& one) { return one.revents != 0; });
    KW_CHECK_OK(consume(kBatch));
    if (packets_) KW_CHECK_OK(packets_->take());
    KW_CHECK_OK(wake(all));
    if (over) KW_CHECK_OK(consume_all());
    return !over && !speaker_->exit_status() && within_budget();
}

// The kernel counts the programs' run time for a tenth of each second only, since counting costs
// about as much as a small program does.
bool Session::within_budget() {
    if (options_.max_cpu_percent <= 0 || !programs_) return true;
    const uint64_t now = monotonic_now_ns();
    if (!stats_.valid()) {
        if (now < look_again_ns_) return true;
        stats_ = UniqueFd(bpf_enable_stats(BPF_STATS_RUN_TIME));
        looked_ns_ = now;
        run_time_then_ = programs_->run_time_ns();
        look_again_ns_ = now + kSecond;
        return true;
    }
    if (now - looked_ns_ < kSecond / 10) return true;
    const uint64_t used = programs_->run_time_ns() - run_time_then_;
    stats_ = UniqueFd();
    const double percent = 100 * static_cast<double>(used) / static_cast<double>(now - looked_ns_);
    over_ = percent > options_.max_cpu_percent ? over_ + 1 : 0;
    if (over_ < kPatience) return true;
    notes_.push_back(fmt::format(
        "ended: the probes took {:.1f} % of a CPU, more than the {:g} % allowed (--max-cpu)",
        percent, options_.max_cpu_percent));
    return false;
}

void Session::set_gate(bool open) {
    if (!programs_) return;
    const MapBytes key(4);
    MapBytes value(8);
    value[0] = open ? 1 : 0;
    maps_->put(static_cast<uint32_t>(plan_.ir_maps.size()), key, value, BPF_ANY);
    // A run that was under way when the gate was closed ends within microseconds.
    if (!open) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

Status Session::finish() {
    set_gate(false);
    if (!speaker_->exit_status()) KW_CHECK_OK(consume_all());
    if (packets_) {
        KW_CHECK_OK(packets_->finish());
        std::ranges::move(packets_->notes(), std::back_inserter(notes_));
    }
    speaker_->listen_to_the_end();
    KW_CHECK_OK(speaker_->has_failed() ? run_all<lang::ErrorAt>() : run_all<lang::EndAt>());
    speaker_->listen_to_the_end();
    speaker_->lost(counter(lang::Plan::kNoRoom));
    return {};
}

uint64_t Session::counter(uint32_t key) const {
    if (plan_.ir_maps.size() <= lang::Plan::kLost) return 0;
    const auto values =
        maps_->all_values(lang::Plan::kLost, {reinterpret_cast<const uint8_t*>(&key), sizeof(key)});
    uint64_t sum = 0;
    for (size_t at = 0; values && at + sizeof(sum) <= values->size(); at += sizeof(sum)) {
        uint64_t one = 0;
        std::memcpy(&one, values->data() + at, sizeof(one));
        sum += one;
    }
    return sum;
}

ScriptBooks Session::books() const {
    ScriptBooks books;
    books.records = speaker_->records();
    books.lost_records = counter(lang::Plan::kNoRoom);
    books.faults = counter(lang::Plan::kFaults);
    books.notes = notes_;
    books.elapsed_s = static_cast<double>(monotonic_now_ns() - begun_ns_) / 1e9;
    books.missed = 0;
    if (!programs_) return books;
    books.missed = programs_->missed();
    books.attached = programs_->attached();
    books.refused = programs_->refused();
    return books;
}

}  // namespace

Result<std::unique_ptr<ScriptSession>> ScriptSession::load(const lang::Plan& plan,
                                                           const lang::Source& source,
                                                           RunningKernel& kernel,
                                                           ScriptOptions options) {
    auto session = std::make_unique<Session>(plan, source, kernel, std::move(options));
    KW_CHECK_OK(session->load());
    return session;
}

}  // namespace knowhy::collect
