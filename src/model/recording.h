// The recording's file format, version 1, as docs/recording.md describes it: a header, zstd blocks
// framed by length and CRC, an index at the end. Unknown record types are skipped.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/observation.h"

namespace knowhy::model {

class RecordingWriter {
  public:
    // Creates the file (mode 0600) and writes the header and the state at the start. A file that
    // exists is truncated, as tcpdump -w does. A full disk is reported by whichever call meets it,
    // and by every later one; what was written before stays readable.
    static Result<std::unique_ptr<RecordingWriter>> create(const std::string& path,
                                                           const Observation& start);
    virtual ~RecordingWriter() = default;
    // `group` says what the sample belongs to; its count and samples are not used. A sample is in
    // the file within a second, as long as others follow.
    virtual Status add_sample(const DropGroup& group, const DropSample& sample) = 0;
    // The final observation (groups with their counts, state before and after, the books), then the
    // index. Samples that were added before are not written twice. Nothing may follow.
    virtual Status finish(const Observation& end) = 0;
};

// A sample that the final observation did not keep in its group: of `--each`, or over the number
// that a group keeps.
using OtherSample = std::function<void(const DropGroup& group, const DropSample& sample)>;

// Reads a whole recording, twice over: it must be a file, not a pipe. Samples that no group kept
// are not held in memory. A file that ends early (no index) is read as far as it goes, and a note
// in the accounting says so; without its end, counts are those of the samples. Damage is an error
// that names the offset. DropSample::decoded stays empty: net/decode fills it.
Result<Observation> read_recording(const std::string& path, const OtherSample& other = {});

}  // namespace knowhy::model
