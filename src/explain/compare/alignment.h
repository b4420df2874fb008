// One path of both sides, call by call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explain/compare/paths.h"
#include "model/comparison.h"

namespace knowhy::explain {

// Where two paths are not the same.
struct Candidate {
    model::Divergence::Kind kind = model::Divergence::Kind::MissingCall;
    std::optional<size_t> good;  // nodes; of a missing call one of them
    std::optional<size_t> bad;
    std::string value_name;  // of an argument, or "return"
    std::string good_value;
    std::string bad_value;
    uint64_t at_ns = 0;  // on the good side's clock
};

class Alignment {
  public:
    Alignment(const CallPath& good, const CallPath& bad);

    // In the order in which they happened, as the good side's clock has it. A call that either
    // side made at another moment is none.
    [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }
    [[nodiscard]] uint64_t matched() const { return matches_.size(); }
    // The path as people are shown it, around a candidate.
    [[nodiscard]] model::ComparedPath shown(const Candidate& candidate, uint64_t good_start_ns,
                                            uint64_t bad_start_ns) const;

    // Of a missing call, what the side that lacks it calls at that place.
    [[nodiscard]] std::vector<std::string> instead_of(const Candidate& candidate) const;

    [[nodiscard]] const CallPath& good() const { return good_; }
    [[nodiscard]] const CallPath& bad() const { return bad_; }

  private:
    void compare_nodes(size_t good, size_t bad);
    void add_missing();
    [[nodiscard]] uint64_t on_good_clock(uint64_t bad_ns) const;

    const CallPath& good_;
    const CallPath& bad_;
    std::vector<std::pair<size_t, size_t>> matches_;
    std::vector<std::pair<uint64_t, uint64_t>> moments_;  // of both: bad's time, good's time
    std::vector<Candidate> candidates_;
};

}  // namespace knowhy::explain
