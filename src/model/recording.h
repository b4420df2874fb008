// The recording's file format, version 2, as docs/recording.md describes it: a header, zstd blocks
// framed by length and CRC, an index at the end. Unknown record types are skipped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/observation.h"

namespace knowhy::model {

// How large a recording may become. The state at its begin and end, and the books, come on top.
struct RecordingLimits {
    uint64_t max_bytes = 0;  // of all its files; 0: no bound
    // 1: what comes when the file is full is counted and left out. More: the file is renamed to
    // FILE.1, what was FILE.1 to FILE.2 and so on, and the oldest goes.
    uint32_t files = 1;
};

class RecordingWriter {
  public:
    // Creates the file (mode 0600) and writes the header and the state at the start, with the
    // trace's functions and the script. A file that exists is truncated, as tcpdump -w does. A full
    // disk is reported by whichever call meets it, and by every later one; what was written before
    // stays readable.
    static Result<std::unique_ptr<RecordingWriter>> create(const std::string& path,
                                                           const Observation& start,
                                                           const RecordingLimits& limits = {});
    virtual ~RecordingWriter() = default;
    // `group` says what the sample belongs to; its count and samples are not used.
    virtual Status add_sample(const DropGroup& group, const DropSample& sample) = 0;
    // Of one of the functions of the start's trace.
    virtual Status add_call(const TracedCall& call) = 0;
    virtual Status add_event(const ScriptEvent& event) = 0;
    // What was added is in the file when it is a second old and this is called, or more follows.
    virtual Status tick() = 0;
    // What the bounds left out so far: calls and script's words.
    [[nodiscard]] virtual uint64_t cut() const = 0;
    // The final observation (groups with their counts, state before and after, the books), then the
    // index. Samples that were added before are not written twice; of the trace's calls and the
    // script's events those that were added are what is recorded, and cut() is added to what they
    // say was cut. Nothing may follow.
    virtual Status finish(const Observation& end) = 0;
};

// A sample that the final observation did not keep in its group: of `--each`, or over the number
// that a group keeps.
using OtherSample = std::function<void(const DropGroup& group, const DropSample& sample)>;

// Where a recording's parts go that need not all be in memory.
struct RecordingVisitor {
    OtherSample other = {};
    // Set: calls come here, in the file's order, which is that of time but for what CPUs did at the
    // same moment; the observation keeps none. Unset: it keeps them, as far as memory allows, and
    // Trace::cut counts the others. `trace` has the functions.
    std::function<void(const Trace& trace, const TracedCall& call)> call = {};
    // The same for a script's words. `run` has all but the words.
    std::function<void(const ScriptRun& run, const ScriptEvent& event)> said = {};
};

// Reads a whole recording, twice over: it must be a file, not a pipe. Of one in several files
// (FILE.2, FILE.1, FILE) the last is named, and those that are there are read in order. Samples
// that no group kept are not held in memory. A file that ends early (no index) is read as far as it
// goes, and a note in the accounting says so; without its end, counts are those of the samples.
// Damage is an error that names the offset. DropSample::decoded stays empty: net/decode fills it.
Result<Observation> read_recording(const std::string& path, const RecordingVisitor& visitor);
Result<Observation> read_recording(const std::string& path, const OtherSample& other = {});

}  // namespace knowhy::model
