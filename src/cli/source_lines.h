// File, line and inline chain for the places of an observation.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "model/observation.h"
#include "symbols/locate/locate.h"

namespace knowhy::cli {

// Fills them in for every place that has no file yet, where debug information has it.
void add_lines(model::Observation& observation, symbols::CodeMap& code);
void add_lines(model::DropGroup& group, symbols::CodeMap& code);

// The same while losses arrive: debug files are read on a thread of their own, at the lowest
// priority, and each place is looked up once. Nothing here waits for the files but settle().
class LineLookup {
  public:
    explicit LineLookup(symbols::CodeMap code);
    LineLookup(const LineLookup&) = delete;
    LineLookup& operator=(const LineLookup&) = delete;
    ~LineLookup();  // once the place that is being looked up is done; the others are given up

    // Asks for the sample's places, so that they are known later.
    void want(const model::DropSample& sample);
    // Fills in what is known and asks for the rest. True when nothing is left to be asked.
    bool fill(model::DropGroup& group);
    bool fill(model::DropSample& sample);
    // Waits until all is known that was asked for; false when that takes longer.
    bool settle(std::chrono::milliseconds most);

  private:
    using Key = std::pair<uint64_t, uint64_t>;  // address and offset: they tell a call's return
                                                // address from the start of the function behind it
    // What is known of the place; it is asked for when it never was. Under the lock.
    const std::optional<model::Place>& known(const model::Place& place);
    bool fill_place(model::Place& place);
    void work();

    symbols::CodeMap code_;  // the thread's alone
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable settled_;
    std::map<Key, std::optional<model::Place>> known_;  // nullopt: asked for
    std::deque<model::Place> asked_;                    // the first one is being looked up
    bool ends_ = false;
    std::thread thread_;
};

}  // namespace knowhy::cli
