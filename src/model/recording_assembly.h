// The records of a recording put together: read twice, first all but what comes in a stream
// (samples, calls, a script's words), which tells what was kept of it; then the streams.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "model/codec.h"
#include "model/recording.h"
#include "model/recording_records.h"

namespace knowhy::model {

// An error says what is wrong with the record, without file and offset.
class Assembly {
  public:
    using Payload = std::span<const uint8_t>;

    explicit Assembly(const RecordingVisitor& visitor) : visitor_(visitor) {}

    // The first time.
    Status take(uint32_t type, Payload payload);
    // Between the two readings. `damaged`: blocks were left out.
    Status prepare_for_streams(bool damaged);
    // The second time.
    Status take_streamed(uint32_t type, Payload payload);
    // The same of a file that came before the last one.
    Status take_earlier_part(uint32_t type, Payload payload);
    // `complete` says whether the file was closed as it should be.
    Result<Observation> finish(bool complete);

  private:
    struct Slot {
        size_t group = 0;
        size_t sample = 0;
        bool filled = false;
    };

    template <typename T>
    Status take_as(Payload payload, T& into);
    Status charge(size_t bytes);

    Status take_run(Payload payload);
    Status take_netns(Payload payload);
    Status take_earlier(Payload payload);
    Status take_group(Payload payload);
    Status take_sample(Payload payload);
    Status take_calls(Payload payload);
    Status take_event(Payload payload);

    Status find_slots();
    void leave_out_missing_samples();
    // The following two say whether the sample was kept.
    bool fill_slot(SampleRecord& record);
    bool add_to_group(SampleRecord& record);
    void close_books();
    void tell_of_the_end(bool complete);
    // What the recording says of the group, if it does.
    [[nodiscard]] DropGroup told(const DropKey& key) const;
    void hand_out(const SampleRecord& record) const;

    // What all that is kept of one recording may take, whatever the file says.
    static constexpr size_t kMemoryBytes = 1024UL * 1024 * 1024;

    const RecordingVisitor& visitor_;
    MemoryBudget budget_{kMemoryBytes};
    Observation observation_;
    std::optional<Observation> start_;
    bool has_run_ = false;
    bool has_end_ = false;
    bool damaged_ = false;
    std::vector<GroupRecord> groups_;    // since the last Run
    std::map<DropKey, DropGroup> told_;  // all of them, by the last word

    std::map<uint64_t, Slot> slots_;  // by number: where the kept samples go
    size_t filled_ = 0;
    std::map<DropKey, size_t> by_key_;  // without an end: the groups that samples made
    uint64_t next_number_ = 0;
};

}  // namespace knowhy::model
