// What one cause says about one packet, put together in the order in which it is told.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/finding.h"

namespace knowhy::explain {

using model::Certainty;
using model::Evidence;
using model::Verdict;

struct Conclusion {
    Certainty certainty = Certainty::Unknown;
    Verdict verdict = Verdict::Unknown;
    std::string sentence;
    std::vector<Evidence> evidence;
    std::vector<model::SetBy> set_by;
    std::vector<model::Try> try_next;
    // What parts two findings that share cause, place, device and namespace: the nft rule. Mostly
    // empty.
    std::string subject;

    Conclusion& with(Evidence one);
    Conclusion& with(std::optional<Evidence> one);  // absent: nothing is added
    Conclusion& set(std::string kind, std::string name, std::string value);
    Conclusion& attempt(std::string command, std::string effect);
};

// The starting points. `likely` is for a conclusion that rests on state or on what is usual;
// `certain` for one that the kernel's reason, a return value or the packet's own bytes leave no
// other explanation for.
Conclusion certain(Verdict verdict, std::string sentence);
Conclusion likely(Verdict verdict, std::string sentence);
// Certain when `proven`, else likely.
Conclusion when(bool proven, Verdict verdict, std::string sentence);

}  // namespace knowhy::explain
