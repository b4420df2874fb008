// Where crash reports are read from: files (also compressed by gzip), directories, pipes, pstore
// and the kernel's own log.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::cli {

using TextSink = std::function<void(std::string_view)>;

// One text: a file, or the parts that pstore cut one into, in the order they are to be read.
struct OopsText {
    std::string name;
    std::vector<std::string> files;
};

// The files of a directory and below it, each a text, by name. Links are not followed.
Result<std::vector<OopsText>> texts_in(const std::string& directory);

// All of it, piece by piece. `progress` hears the bytes that the file gave so far, and its size
// where that is known.
using ReadProgress = std::function<void(uint64_t read, uint64_t size)>;
Status read_text(const OopsText& text, const TextSink& sink, const ReadProgress& progress);
Status read_descriptor(int fd, const std::string& name, const TextSink& sink);

// /dev/kmsg, record by record.
class KernelLog {
  public:
    // `from_now`: only what comes; otherwise what the kernel still has, too.
    static Result<KernelLog> open(bool from_now);

    // What is there now. False: nothing was.
    Result<bool> read(const TextSink& sink);
    // Waits for more, at most that long.
    void wait(int milliseconds) const;
    // Messages that were overwritten before they could be read.
    [[nodiscard]] uint64_t lost() const { return lost_; }

  private:
    void note_sequence(std::string_view record);

    UniqueFd fd_;
    uint64_t lost_ = 0;
    std::optional<uint64_t> sequence_;  // of the last record
};

}  // namespace knowhy::cli
