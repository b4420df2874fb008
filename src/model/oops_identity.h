// What a crash report is called, and whether two of them are the same crash.
#pragma once

#include <string>
#include <vector>

#include "model/oops.h"

namespace knowhy::model {

// As the kernel's people name it: "KASAN: slab-use-after-free Read in f", "WARNING in f". One line,
// raw: whoever prints it escapes it.
std::string oops_title(const OopsReport& report);

// The reliable frames that tell crashes apart, innermost first, without clone suffixes: not the
// functions that report (dump_stack, panic), that every interrupt or system call passes, or that
// only hand on.
std::vector<std::string> telling_functions(const OopsReport& report, size_t most);

// The function that the title names: "" when the text has none.
std::string oops_function(const OopsReport& report);

// The same for the same crash on another machine, boot or architecture: 16 hexadecimal digits of
// the kind and the telling functions.
std::string oops_signature(const OopsReport& report);

// Where two reports part.
struct OopsDifference {
    bool same = false;  // their signatures agree
    // In plain words, one each: "the kind: bug, not warning". Also where they are the same crash.
    std::vector<std::string> parts;
};
OopsDifference compare(const OopsReport& one, const OopsReport& other);

// Crashes of one signature, out of many files.
struct OopsGroup {
    std::string signature;
    std::string title;
    uint64_t count = 0;
    std::string first_file;  // where the first of them is
    uint32_t first_line = 0;
    std::vector<std::string> releases;  // of their kernels, each once
    uint64_t files = 0;                 // in how many
};

}  // namespace knowhy::model
