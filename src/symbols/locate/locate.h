// Answers for a place in the kernel's code: what is inlined there, its lines, where its variables
// live, and whether a probe may be put there. The image's debug information, code, tables and the
// running kernel's symbols, joined.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/located.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/locate/place.h"

namespace knowhy::symbols {

struct LocateOptions {
    SearchPlaces places;
    std::string cache_dir;                 // of indexes; "" for none
    std::vector<std::string> source_dirs;  // before the places beside the debug files
    bool make_index = false;               // of the image that answers, where it has none
};

struct Question {
    PlaceName place;
    std::string asked;                    // `place` as it was written
    std::optional<std::string> variable;  // only this one, and where to probe for it
    bool listing = false;                 // instructions too
};

class CodeMap {
  public:
    static Result<CodeMap> open(LocateOptions options);
    CodeMap(CodeMap&&) noexcept;
    CodeMap& operator=(CodeMap&&) noexcept;
    ~CodeMap();

    // Errors are Usage (no such function, line or variable; no debug files; a wrong build) and name
    // what was looked for, where, and what to do.
    Result<model::Located> locate(const Question& question);

    // Whether the files are to be those of the kernel that runs.
    [[nodiscard]] bool of_running() const;
    [[nodiscard]] const std::string& release() const;
    // The places of an address as the kernel's image is linked, one for each name; file, line and
    // inline chain as below. Empty: no function covers it.
    std::vector<model::Place> linked_places(uint64_t address, bool return_address);

    // Whether "vmlinux" or a module can be asked.
    Status usable(const std::string& image);

    // Fills file, line and inline chain of a place that kallsyms named; where there is no debug
    // information of it, it stays as it is. `return_address`: of the call before it.
    void describe(model::Place& place, bool return_address);

  private:
    struct Impl;
    explicit CodeMap(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
