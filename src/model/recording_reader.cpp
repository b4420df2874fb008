#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "base/text.h"
#include "model/codec.h"
#include "model/recording.h"
#include "model/recording_frame.h"
#include "model/recording_records.h"

namespace knowhy::model {
namespace {

// What all that is kept of one recording may take, whatever the file says.
constexpr size_t kMemoryBytes = 1024UL * 1024 * 1024;
// Of a recording that ends early: samples that a group keeps. All are counted.
constexpr size_t kSamplesPerGroup = 1000;
constexpr size_t kRecordHead = 8;  // type, length

using Payload = std::span<const uint8_t>;

// Puts the records of one file together. The file is read twice: first all but the samples, which
// tells those that the groups kept; then the samples, of which only those stay in memory.
//
// An error says what is wrong with the record, without file and offset.
class Assembly {
  public:
    explicit Assembly(const OtherSample& other) : other_(other) {}

    Status take(uint32_t type, Payload payload) {
        switch (static_cast<RecordType>(type)) {
            case RecordType::Run:
                return take_run(payload);
            case RecordType::Host:
                return take_as(payload, observation_.host);
            case RecordType::Netns:
                return take_netns(payload);
            case RecordType::Group:
                return take_group(payload);
            case RecordType::Accounting:
                has_end_ = true;
                return take_as(payload, observation_.accounting);
            case RecordType::Sample:
                break;  // take_sample(), the second time
        }
        return {};  // or of a later knowhy
    }

    // Between the two readings.
    Status prepare_for_samples() {
        if (has_end_) return find_slots();
        if (start_) observation_ = std::move(*start_);
        return {};
    }

    Status take_sample(uint32_t type, Payload payload) {
        if (type != static_cast<uint32_t>(RecordType::Sample)) return {};
        MemoryBudget left = budget_;
        SampleRecord record;
        KW_TRY(const nlohmann::json value, from_cbor(payload));
        KW_CHECK_OK(decode(value, record, left));
        if (has_end_ ? fill_slot(record) : add_to_group(record)) {
            budget_ = left;
            return charge(sizeof(DropSample));
        }
        return {};
    }

    // `complete` says whether the file was closed as it should be.
    Result<Observation> finish(bool complete) {
        if (filled_ < slots_.size()) {
            return fail(ErrorKind::Usage, "a group names a sample that is not there");
        }
        auto& notes = observation_.accounting.notes;
        if (!has_end_) {
            close_books();
            notes.emplace_back("the recording ends early: counts are those of the packets in it");
        } else if (!complete) {
            notes.emplace_back("the recording lacks its index: it was not closed");
        }
        return std::move(observation_);
    }

  private:
    struct Slot {
        size_t group = 0;
        size_t sample = 0;
        bool filled = false;
    };

    template <typename T>
    Status take_as(Payload payload, T& into) {
        KW_TRY(const nlohmann::json value, from_cbor(payload));
        return decode(value, into, budget_);
    }

    Status charge(size_t bytes) {
        if (bytes > budget_.left) {
            return fail(ErrorKind::Usage, "takes more memory than a recording may");
        }
        budget_.left -= bytes;
        return {};
    }

    // The state at the start is kept until the state at the end is known to be whole.
    Status take_run(Payload payload) {
        RunRecord run;
        KW_CHECK_OK(take_as(payload, run));
        if (has_run_ && !start_) start_ = std::move(observation_);
        has_run_ = true;
        has_end_ = false;
        groups_.clear();
        observation_ = {};
        observation_.clock = run.clock;
        observation_.filter = run.filter;
        observation_.scope = run.scope;
        return {};
    }

    Status take_netns(Payload payload) {
        KW_TRY(const nlohmann::json value, from_cbor(payload));
        const auto inum = value.is_object() ? value.find("inum") : value.end();
        if (inum == value.end() || !inum->is_number_unsigned()) {
            return fail(ErrorKind::Usage, "a namespace without its number");
        }
        KW_CHECK_OK(charge(sizeof(NetnsState)));
        // decode() checks that the number fits.
        return decode(value, observation_.host.namespaces[inum->get<uint32_t>()], budget_);
    }

    Status take_group(Payload payload) {
        KW_CHECK_OK(charge(2 * sizeof(GroupRecord)));
        GroupRecord record;
        KW_CHECK_OK(take_as(payload, record));
        told_[record.group.key] = record.group;
        groups_.push_back(std::move(record));
        return {};
    }

    Status find_slots() {
        for (GroupRecord& record : groups_) {
            for (const uint64_t number : record.samples) {
                KW_CHECK_OK(charge(sizeof(DropSample) + sizeof(Slot)));
                const Slot slot{observation_.groups.size(), record.group.samples.size(), false};
                if (!slots_.try_emplace(number, slot).second) {
                    return fail(ErrorKind::Usage, "a sample that is in two groups");
                }
                record.group.samples.emplace_back();
            }
            observation_.groups.push_back(std::move(record.group));
        }
        return {};
    }

    // The following two say whether the sample was kept.
    bool fill_slot(SampleRecord& record) {
        const auto found = slots_.find(record.number);
        if (found == slots_.end()) {
            hand_out(record);
            return false;
        }
        Slot& slot = found->second;
        filled_ += slot.filled ? 0 : 1;
        slot.filled = true;
        observation_.groups[slot.group].samples[slot.sample] = std::move(record.sample);
        return true;
    }

    bool add_to_group(SampleRecord& record) {
        // Numbers ascend. A lower one was there before, and the end that wants it did not come.
        if (record.number < next_number_) return false;
        next_number_ = record.number + 1;
        const auto [entry, is_new] = by_key_.try_emplace(record.key, observation_.groups.size());
        if (is_new) observation_.groups.push_back(told(record.key));
        DropGroup& group = observation_.groups[entry->second];
        const uint64_t time = record.sample.time_ns;
        group.first_ns = is_new ? time : std::min(group.first_ns, time);
        group.last_ns = is_new ? time : std::max(group.last_ns, time);
        group.count = is_new ? 1 : group.count + 1;
        if (group.samples.size() == kSamplesPerGroup) {
            hand_out(record);
            return false;
        }
        group.samples.push_back(std::move(record.sample));
        return true;
    }

    void close_books() {
        Accounting& books = observation_.accounting;
        for (const DropGroup& group : observation_.groups) {
            books.events += group.count;
            books.samples += group.count;
        }
    }

    // What the recording says of the group, if it does.
    [[nodiscard]] DropGroup told(const DropKey& key) const {
        const auto found = told_.find(key);
        DropGroup group = found != told_.end() ? found->second : DropGroup();
        group.key = key;
        return group;
    }

    void hand_out(const SampleRecord& record) const {
        if (other_) other_(told(record.key), record.sample);
    }

    const OtherSample& other_;
    MemoryBudget budget_{kMemoryBytes};
    Observation observation_;
    std::optional<Observation> start_;
    bool has_run_ = false;
    bool has_end_ = false;
    std::vector<GroupRecord> groups_;    // since the last Run
    std::map<DropKey, DropGroup> told_;  // all of them, by the last word

    std::map<uint64_t, Slot> slots_;  // by number: where the kept samples go
    size_t filled_ = 0;
    std::map<DropKey, size_t> by_key_;  // without an end: the groups that samples made
    uint64_t next_number_ = 0;
};

using Visit = std::function<Status(uint32_t type, Payload payload)>;

Status each_record_in(const FrameReader& file, const Frame& block, const Visit& visit) {
    Payload rest = block.plain;
    while (!rest.empty()) {
        if (rest.size() < kRecordHead) return file.damaged(block.offset, "half a record");
        const uint32_t type = get_u32(rest.first<4>());
        const uint32_t length = get_u32(rest.subspan<4, 4>());
        rest = rest.subspan(kRecordHead);
        if (length > rest.size()) return file.damaged(block.offset, "half a record");
        if (length > kMaxRecordBytes) return file.damaged(block.offset, "too large a record");
        if (const Status taken = visit(type, rest.first(length)); !taken) {
            return file.damaged(
                block.offset, fmt::format("a record of type {}: {}", type, taken.error().message));
        }
        rest = rest.subspan(length);
    }
    return {};
}

// True when nothing is missing at the end of the file.
Result<bool> each_record(const std::string& path, const Visit& visit) {
    KW_TRY(FrameReader file, FrameReader::open(path));
    while (true) {
        KW_TRY(const std::optional<Frame> frame, file.next());
        if (!frame) return file.complete();
        if (frame->kind == FrameKind::Data) KW_CHECK_OK(each_record_in(file, *frame, visit));
    }
}

}  // namespace

Result<Observation> read_recording(const std::string& path, const OtherSample& other) {
    Assembly assembly(other);
    const auto in_file = [&path](const Error& error) {
        return tl::unexpected(error.in(fmt::format("{}: damaged", escaped(path))));
    };
    KW_TRY(const bool complete, each_record(path, [&](uint32_t type, Payload payload) {
               return assembly.take(type, payload);
           }));
    if (const Status prepared = assembly.prepare_for_samples(); !prepared) {
        return in_file(prepared.error());
    }
    KW_CHECK_OK(each_record(
        path, [&](uint32_t type, Payload payload) { return assembly.take_sample(type, payload); }));
    auto observation = assembly.finish(complete);
    if (!observation) return in_file(observation.error());
    return observation;
}

}  // namespace knowhy::model
