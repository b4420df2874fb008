// Which state a kernel function looks at, or decides: what makes a difference of the state more
// than a coincidence where two paths part. From the source of Debian's 6.1; each line of it is
// shown by a pair of recordings in the lab (tests/cli/test_diff.py).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/compare/facts.h"

namespace knowhy::explain {

struct ReadFact {
    std::string_view kind;  // StateFact::kind
    std::string_view name;  // its name; '*' stands for any characters; the name of a link's fact,
                            // or of a sysctl
    // Of the device that the packet, or the call, is about; false: of any.
    bool of_its_device = true;
};

struct Reader {
    std::vector<std::string_view> functions;  // without clone suffixes
    std::string_view what;                    // for people
    std::vector<ReadFact> facts;              // what decides most first
};

const std::vector<Reader>& readers();

// nullptr: nothing is known of that function.
const Reader* reader_of(std::string_view function);

// The place in the reader's list of the first that means this fact; nullopt when none does.
// `devices` are those that the path is about: empty when that is not known.
std::optional<size_t> place_in(const Reader& reader, const StateFact& fact,
                               const std::vector<std::string>& devices);

}  // namespace knowhy::explain
