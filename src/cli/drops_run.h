// One run of the drops collector on behalf of a command: what it arms, when it ends, and where
// packets, findings and the recording go meanwhile.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/debug_options.h"
#include "cli/duration.h"
#include "cli/present.h"
#include "cli/source_lines.h"
#include "collect/drops/drops.h"
#include "model/recording.h"
#include "render/pcapng/writer.h"

namespace knowhy::cli {

struct DropsRunOptions {
    collect::DropsOptions collector;  // its callbacks are this run's affair
    View view;
    bool each = false;
    std::optional<Duration> length;    // --for
    std::optional<uint64_t> count;     // --count: lost packets
    std::optional<Duration> interval;  // --interval
    std::string pcap_path;             // "" for none
    std::string recording_path;        // "" for none
    DebugOptions debug;                // where file and line of places are from
};

class DropsRun {
  public:
    // Opens the files first: a path that cannot be written is told before anything is armed.
    static Result<std::unique_ptr<DropsRun>> open(DropsRunOptions options, Output& output);

    // Until the time is over, enough was lost, someone asked to stop, or the collector ended
    // itself. An Error here (a full disk) does not void what was seen: finish() still tells it.
    Status watch();
    // The final report, flushed, and the files closed. True when a finding matters. The probes are
    // still armed when it returns; they go with this object.
    Result<bool> finish();

  private:
    struct Seen {
        model::DropGroup group;  // without its samples
        model::DropSample sample;
        Clock::time_point arrived;
    };

    DropsRun(DropsRunOptions options, Output& output)
        : options_(std::move(options)), output_(output), presenter_(output, options_.view) {}

    Status arm();
    Status open_files();
    [[nodiscard]] bool wants_each_packet() const;
    void await_telling(const model::DropGroup& group, const model::DropSample& sample);
    Status tell_packets(Clock::time_point until);
    bool has_lines(Seen& seen);
    void fill_lines(model::Observation& seen);
    Status tell_packet(model::Observation& alone, const Seen& seen);
    Result<bool> lost_enough();

    DropsRunOptions options_;
    Output& output_;
    Presenter presenter_;
    std::unique_ptr<LineLookup> lines_;
    std::unique_ptr<collect::DropsSession> session_;
    std::optional<render::PcapngWriter> pcap_;
    std::unique_ptr<model::RecordingWriter> recording_;
    std::deque<Seen> pending_;  // arrived, not told yet
    uint64_t untold_ = 0;       // those that pending_ had no room for
    bool stopped_ = false;      // nothing arrives any more
    Status recorded_;           // the first failure of the recording, from inside the callback
};

}  // namespace knowhy::cli
