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
#include "symbols/dwarf/location.h"
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

// Where a program can be put: an address of the image, and what means the same in the kernel.
struct CodePlace {
    std::string image;   // "vmlinux", or a module's name
    std::string symbol;  // the outermost function's
    uint64_t offset = 0;
    uint64_t address = 0;  // of the image
    std::string function;  // the source's name of it, or, of a line, of the innermost one
    std::string file;
    uint32_t line = 0;
    // Of a function's body: where it is declared; "" and 0 where that was not asked.
    std::string declared_file;
    uint32_t declared_line = 0;
    bool inlined = false;
    bool at_entry = false;  // of a function that is there itself
    std::string why_not;    // "" where a probe is safe, as far as it is known
};

// A variable as a program at a CodePlace can have it.
struct CodeVariable {
    Location location;  // None: gone
    std::string grade;
    std::string how;   // where it is gone: where it can still be had
    std::string type;  // as C writes it: "struct port *", "u8 [6]"
    uint64_t bytes = 0;
    bool is_signed = false;
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

    // Every body of a function, or every address of a line. Errors as above.
    Result<std::vector<CodePlace>> places(const PlaceName& place);
    // What is in scope there, by name: of several the innermost. Errors as above.
    Result<CodeVariable> variable(const CodePlace& place, const std::string& name);
    // All names in scope; parameters alone, or the others too.
    Result<std::vector<std::string>> variables(const CodePlace& place, bool parameters_only);

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
