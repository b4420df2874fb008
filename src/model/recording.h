// The recording's file format, version 1, as docs/recording.md describes it: a header, zstd blocks
// framed by length and CRC, an index at the end. Unknown record types are skipped.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model/observation.h"

namespace knowhy::model {

class RecordingWriter {
  public:
    // Creates the file (mode 0600) and writes the header. A full disk is reported by whichever call
    // meets it; what was written before stays readable.
    static Result<std::unique_ptr<RecordingWriter>> create(const std::string& path,
                                                           const Observation& start);
    virtual ~RecordingWriter() = default;
    virtual Status add_sample(const DropKey& key, const DropSample& sample) = 0;
    // The final observation (groups with their counts, state before and after, the books), then the
    // index. Nothing may follow.
    virtual Status finish(const Observation& end) = 0;
};

// Reads a whole recording. A file that ends early (no index) is read as far as it goes, and a note
// in the accounting says so. Damage is an error that names the offset.
Result<Observation> read_recording(const std::string& path);

}  // namespace knowhy::model
