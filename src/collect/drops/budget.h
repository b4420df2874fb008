// What a run may cost, and what is given up for it: samples first, the run last. Counts stay exact.
#pragma once

#include <cstdint>
#include <string>

#include "collect/drops/wire.h"

namespace knowhy::collect {

// One look at what the run has cost so far.
struct Cost {
    uint64_t now_ns = 0;       // CLOCK_MONOTONIC
    uint64_t user_cpu_ns = 0;  // used by the session itself
    uint64_t events = 0;       // losses counted
    uint64_t work_ns = 0;      // of the programs' runs that were measured
    uint64_t work_runs = 0;    // how many were
};

class Budget {
  public:
    Budget(double max_cpu_percent, bool every_packet, unsigned cpus);

    [[nodiscard]] const kw_knobs& knobs() const { return knobs_; }

    enum class Verdict { Unchanged, Changed, Over };
    // Changed: the knobs are to be set anew. Over: nothing is left to shed, and it is still too
    // much.
    Verdict look(const Cost& cost);
    [[nodiscard]] double percent() const { return percent_; }  // of one CPU, in the last window
    [[nodiscard]] bool has_shed() const { return has_shed_; }

  private:
    void set_rate(double samples_per_second);

    double max_percent_;
    bool every_packet_;
    unsigned cpus_;
    kw_knobs knobs_{};
    double rate_ = 0;  // samples a second on all CPUs; 0: no limit
    Cost last_;
    double percent_ = 0;
    unsigned over_ = 0;  // windows in a row with nothing left to shed
    bool has_shed_ = false;
};

}  // namespace knowhy::collect
