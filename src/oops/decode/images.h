// The kernel images that a crash report may belong to: found, held against the report's text, and
// asked for names only where they are proven to be its kernel's.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/oops.h"
#include "symbols/locate/image.h"

namespace knowhy::oops {

struct ImageOptions {
    std::optional<std::string> vmlinux;          // --vmlinux FILE
    std::map<std::string, std::string> modules;  // --module NAME=FILE
    std::vector<std::string> debug_dirs;         // --debug-dir DIR
    std::vector<std::string> source_dirs;        // where sources are, before the usual places
    std::string cache_dir;                       // of indexes; "" for none
    bool only_named = false;                     // look at nothing but what is named here
    bool ask_servers = true;                     // debuginfod, where DEBUGINFOD_URLS names one
};

// One image held against one report.
struct ImageMatch {
    model::OopsImage verdict = model::OopsImage::None;
    std::string how;  // one line, as model::OopsExplanation::image_how has it
    // nullptr: none was found. Where it Differs it may be looked at, but names nothing.
    symbols::OpenImage* image = nullptr;
    bool sizes_agree = false;  // of Unproven: all symbols that the text has of it
    uint64_t symbol = 0;       // where the report's symbol starts in the image; 0: not there

    [[nodiscard]] bool proven() const { return verdict == model::OopsImage::Matches; }
};

// Files are opened when a report first asks for them, and kept. Not for two threads at once.
class ImageSet {
  public:
    explicit ImageSet(ImageOptions options);
    ImageSet(ImageSet&&) noexcept;
    ImageSet& operator=(ImageSet&&) noexcept;
    ~ImageSet();

    // The image of the faulting instruction (report.pc), held against the text: by build-id where
    // that is printed, else by the bytes of the Code line, else by the sizes of the frames'
    // symbols.
    ImageMatch match(const model::OopsReport& report);
    // The same of another of its images, by the frames that the text has of it.
    ImageMatch match(const model::OopsReport& report, const std::string& module);
    // The image of that module ("" or "vmlinux" for the kernel itself): the file alone, not held
    // against the text. nullptr: not to be had; `problem` says why.
    symbols::OpenImage* open(const model::OopsReport& report, const std::string& module,
                             std::string& problem);
    // The text of a source line, where the source is at hand; "" otherwise.
    std::string source_line(const std::string& file, uint32_t line);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::oops
