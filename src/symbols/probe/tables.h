// The tables that a kernel image carries about its own code.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols {

struct Alternative {
    uint64_t site = 0;
    uint64_t bytes = 0;  // at the site
    uint64_t replacement = 0;
    uint64_t replacement_bytes = 0;
};

struct Span {
    uint64_t from = 0;
    uint64_t to = 0;  // exclusive
    std::string what;
};

struct CodeTables {
    std::vector<Alternative> alternatives;          // by site
    std::multimap<uint64_t, uint64_t> exceptions;   // instruction, fixup
    std::multimap<uint64_t, uint64_t> jump_labels;  // site, target
    std::vector<uint64_t> static_calls;             // sorted, as all below
    std::vector<uint64_t> ftrace_sites;
    std::vector<uint64_t> blacklisted;  // starts of functions
    std::map<uint64_t, bool> bugs;      // trap; true: comes back (WARN)
    std::vector<Span> refused;          // text that must not be probed
};

CodeTables read_code_tables(const ElfFile& image);

}  // namespace knowhy::symbols
