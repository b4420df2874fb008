#include "cli/drops_run.h"

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "cli/interrupt.h"
#include "cli/packet_finding.h"
#include "explain/explain.h"
#include "model/tally.h"

namespace knowhy::cli {
namespace {

constexpr int kPollMs = 100;  // how long Ctrl-C and --for may go unnoticed
constexpr Duration kRedraw = std::chrono::seconds(1);
constexpr Duration kRecount = std::chrono::milliseconds(200);
// Explaining packet by packet (--each, --pcap) takes time. So much of it at once, and so much after
// the end; what still waits then, and what would let the queue grow without bound, is only counted.
constexpr Duration kTelling = std::chrono::milliseconds(500);
constexpr Duration kLastTelling = std::chrono::seconds(1);
constexpr size_t kMostPending = 10'000;
// A packet waits for its lines so long, as long as not too many do; the end waits longer, as there
// the recording is closed and the findings are told for good.
constexpr Duration kLinesWait = std::chrono::seconds(1);
constexpr size_t kMostWaiting = 1'000;
constexpr std::chrono::milliseconds kLastLinesWait = std::chrono::seconds(5);
// Of a group's samples so many have their lines looked up while the run goes on.
constexpr size_t kFirstSamples = 16;

// True once per period, from the first period's end on.
class Ticker {
  public:
    explicit Ticker(Duration period) : period_(period), next_(Clock::now() + period) {}
    bool due() {
        if (Clock::now() < next_) return false;
        next_ = Clock::now() + period_;
        return true;
    }

  private:
    Duration period_;
    Clock::time_point next_;
};

Result<std::unique_ptr<LineLookup>> open_lines(const DebugOptions& debug) {
    symbols::LocateOptions how = locate_options(debug);
    how.places.ask_servers = false;  // it may be the network that is looked into
    KW_TRY(auto code, open_code_map(std::move(how), any_named(debug)));
    return std::make_unique<LineLookup>(std::move(code));
}

}  // namespace

Result<std::unique_ptr<DropsRun>> DropsRun::open(DropsRunOptions options, Output& output) {
    std::unique_ptr<DropsRun> run(new DropsRun(std::move(options), output));
    KW_CHECK_OK(run->open_files());
    KW_CHECK_OK(run->arm());
    return run;
}

bool DropsRun::wants_each_packet() const {
    return options_.each || pcap_.has_value();
}

Status DropsRun::open_files() {
    KW_TRY(lines_, open_lines(options_.debug));
    if (options_.pcap_path.empty()) return {};
    utsname host{};
    uname(&host);
    KW_TRY(pcap_, render::PcapngWriter::create(options_.pcap_path, host.machine,
                                               std::string("Linux ") + host.release));
    return {};
}

Status DropsRun::arm() {
    collect::DropsOptions collector = options_.collector;
    collector.every_packet = wants_each_packet();
    collector.sysctls_wanted = [](const model::DropGroup& group, const model::NetnsState* state) {
        return explain::sysctls_wanted(group, state);
    };
    collector.on_sample = [this](const model::DropGroup& group, const model::DropSample& sample) {
        if (group.samples.size() <= kFirstSamples) lines_->want(sample);
        if (recorded_ && recording_) recorded_ = recording_->add_sample(group, sample);
        if (wants_each_packet()) await_telling(group, sample);
    };
    KW_TRY(session_, collect::DropsSession::open(std::move(collector)));
    if (!options_.recording_path.empty()) {
        KW_TRY(const model::Observation start, session_->observe(false));
        KW_TRY(recording_, model::RecordingWriter::create(options_.recording_path, start));
    }
    Interrupts::armed();
    return presenter_.armed(session_->armed_probes());
}

void DropsRun::await_telling(const model::DropGroup& group, const model::DropSample& sample) {
    if (pending_.size() >= kMostPending) {
        ++untold_;
        return;
    }
    pending_.push_back({without_samples(group), sample, Clock::now()});
}

Status DropsRun::watch() {
    const auto end = options_.length ? Clock::now() + *options_.length : Clock::time_point::max();
    const bool table = output_.is_terminal() && !options_.view.json && !options_.each;
    Ticker progress(options_.interval.value_or(kRedraw));
    Ticker recount(kRecount);
    while (!Interrupts::asked_to_stop() && Clock::now() < end) {
        KW_TRY(const bool goes_on, session_->poll(kPollMs));
        KW_CHECK_OK(recorded_);
        KW_CHECK_OK(tell_packets(std::min(end, Clock::now() + kTelling)));
        if (!goes_on) break;
        if ((table || options_.interval) && progress.due()) {
            KW_TRY(model::Observation seen, session_->observe(false));
            fill_lines(seen);
            KW_CHECK_OK(table ? presenter_.redraw(seen) : presenter_.progress(seen));
        }
        if (options_.count && recount.due()) {
            KW_TRY(const bool enough, lost_enough());
            if (enough) break;
        }
    }
    return {};
}

Result<bool> DropsRun::lost_enough() {
    KW_TRY(const model::Observation seen, session_->observe(false));
    const model::Tally sum = model::tally(explain::explain(seen), seen.accounting);
    return sum.lost + sum.unknown >= *options_.count;
}

void DropsRun::fill_lines(model::Observation& seen) {
    for (model::DropGroup& group : seen.groups) lines_->fill(group);
}

// True when it may be told: its lines are there, or were waited for.
bool DropsRun::has_lines(Seen& seen) {
    const bool here = lines_->fill(seen.group);
    return (lines_->fill(seen.sample) && here) || stopped_ || pending_.size() > kMostWaiting ||
           Clock::now() - seen.arrived > kLinesWait;
}

Status DropsRun::tell_packets(Clock::time_point until) {
    if (pending_.empty() || !has_lines(pending_.front())) return {};
    KW_TRY(model::Observation alone, session_->observe(false));
    const uint64_t before = thread_cpu_ns();
    while (!pending_.empty() && Clock::now() < until && has_lines(pending_.front())) {
        const Seen seen = std::move(pending_.front());
        pending_.pop_front();
        KW_CHECK_OK(tell_packet(alone, seen));
    }
    session_->charge(thread_cpu_ns() - before);
    return pcap_ ? pcap_->flush() : Status{};
}

Status DropsRun::tell_packet(model::Observation& alone, const Seen& seen) {
    const model::Finding finding = finding_of_packet(alone, seen.group, seen.sample);
    if (pcap_) KW_CHECK_OK(pcap_->add(finding, seen.group, seen.sample, alone.clock));
    const bool shown = options_.view.harmless || options_.view.json || matters(finding);
    if (!options_.each || !shown) return {};
    return presenter_.drop(finding, seen.group, seen.sample, alone.clock);
}

Result<bool> DropsRun::finish() {
    KW_TRY(model::Observation end, session_->observe(true));
    stopped_ = true;
    fill_lines(end);
    if (!lines_->settle(kLastLinesWait)) {
        end.accounting.notes.emplace_back(
            "debug files take long to read: some places have no source lines");
    }
    fill_lines(end);
    const Status told = tell_packets(Clock::now() + kLastTelling);
    end.accounting.untold_samples = untold_ + pending_.size();
    KW_TRY(const bool found, presenter_.report(end));
    KW_CHECK_OK(told);
    if (recording_) KW_CHECK_OK(recording_->finish(end));
    if (pcap_) KW_CHECK_OK(pcap_->flush());
    return found;
}

}  // namespace knowhy::cli
