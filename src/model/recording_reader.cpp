#include <algorithm>
#include <map>
#include <optional>

#include "model/codec.h"
#include "model/recording.h"
#include "model/recording_frame.h"
#include "model/recording_records.h"

namespace knowhy::model {
namespace {

// What all that is read from one recording may take, whatever the file says.
constexpr size_t kMemoryBytes = 1024UL * 1024 * 1024;
constexpr size_t kRecordHead = 8;  // type, length

// Puts the records of one file together.
class Assembly {
  public:
    // An error says what is wrong with the record, without file and offset.
    Status take(uint32_t type, std::span<const uint8_t> payload) {
        if (payload.size() > kMaxRecordBytes) return fail(ErrorKind::Usage, "too large");
        switch (static_cast<RecordType>(type)) {
            case RecordType::Run:
                return take_run(payload);
            case RecordType::Host:
                return take_as(payload, observation_.host);
            case RecordType::Netns:
                return take_netns(payload);
            case RecordType::Sample:
                return take_sample(payload);
            case RecordType::Group:
                return take_group(payload);
            case RecordType::Accounting:
                has_end_ = true;
                return take_as(payload, observation_.accounting);
        }
        return {};  // of a later knowhy
    }

    // `complete` says whether the file was closed as it should be.
    Result<Observation> finish(bool complete, const OtherSample& other) {
        if (has_end_) {
            KW_CHECK_OK(fill_groups());
        } else {
            observation_ = start_ ? std::move(*start_) : std::move(observation_);
            groups_from_samples();
        }
        if (!complete || !has_end_) {
            observation_.accounting.notes.emplace_back(
                has_end_ ? "the recording lacks its index: it was not closed"
                         : "the recording ends early: counts are those of the packets in it");
        }
        if (other) hand_out_the_rest(other);
        return std::move(observation_);
    }

  private:
    template <typename T>
    Status take_as(std::span<const uint8_t> payload, T& into) {
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
    Status take_run(std::span<const uint8_t> payload) {
        RunRecord run;
        KW_CHECK_OK(take_as(payload, run));
        if (has_run_ && !start_) start_ = std::move(observation_);
        has_run_ = true;
        has_end_ = false;
        groups_.clear();
        observation_ = {};
        observation_.clock = run.clock;
        observation_.filter = run.filter;
        return {};
    }

    Status take_netns(std::span<const uint8_t> payload) {
        KW_TRY(const nlohmann::json value, from_cbor(payload));
        const auto inum = value.is_object() ? value.find("inum") : value.end();
        if (inum == value.end() || !inum->is_number_unsigned()) {
            return fail(ErrorKind::Usage, "a namespace without its number");
        }
        KW_CHECK_OK(charge(sizeof(NetnsState)));
        // decode() checks that the number fits.
        return decode(value, observation_.host.namespaces[inum->get<uint32_t>()], budget_);
    }

    Status take_sample(std::span<const uint8_t> payload) {
        KW_CHECK_OK(charge(sizeof(SampleRecord)));
        SampleRecord record;
        KW_CHECK_OK(take_as(payload, record));
        samples_[record.number] = std::move(record);
        return {};
    }

    Status take_group(std::span<const uint8_t> payload) {
        KW_CHECK_OK(charge(2 * sizeof(GroupRecord)));
        GroupRecord record;
        KW_CHECK_OK(take_as(payload, record));
        told_[record.group.key] = record.group;
        groups_.push_back(std::move(record));
        return {};
    }

    Status fill_groups() {
        for (GroupRecord& record : groups_) {
            for (const uint64_t number : record.samples) {
                auto sample = samples_.extract(number);
                if (sample.empty()) {
                    return fail(ErrorKind::Usage, "a group names a sample that is not there");
                }
                record.group.samples.push_back(std::move(sample.mapped().sample));
            }
            observation_.groups.push_back(std::move(record.group));
        }
        return {};
    }

    // Without the end, what was told of each group and its samples are all there is.
    void groups_from_samples() {
        std::map<DropKey, DropGroup> groups;
        for (auto& [number, record] : samples_) {
            const auto [entry, is_new] = groups.try_emplace(record.key);
            DropGroup& group = entry->second;
            if (is_new) group = told_[record.key];
            group.key = record.key;
            group.samples.push_back(std::move(record.sample));
        }
        samples_.clear();
        Accounting& books = observation_.accounting;
        for (auto& [key, group] : groups) {
            group.count = group.samples.size();
            const auto [first, last] = std::minmax_element(
                group.samples.begin(), group.samples.end(),
                [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
            group.first_ns = first->time_ns;
            group.last_ns = last->time_ns;
            books.events += group.count;
            books.samples += group.count;
            observation_.groups.push_back(std::move(group));
        }
    }

    void hand_out_the_rest(const OtherSample& other) {
        for (const auto& [number, record] : samples_) {
            DropGroup& group = told_[record.key];
            group.key = record.key;
            other(group, record.sample);
        }
    }

    MemoryBudget budget_{kMemoryBytes};
    Observation observation_;
    std::optional<Observation> start_;
    bool has_run_ = false;
    bool has_end_ = false;
    std::vector<GroupRecord> groups_;    // since the last Run
    std::map<DropKey, DropGroup> told_;  // all of them, by the last word
    std::map<uint64_t, SampleRecord> samples_;
};

Status take_block(Assembly& assembly, const FrameReader& file, const Frame& block) {
    std::span<const uint8_t> rest = block.plain;
    while (!rest.empty()) {
        if (rest.size() < kRecordHead) return file.damaged(block.offset, "half a record");
        const uint32_t type = get_u32(rest.first<4>());
        const uint32_t length = get_u32(rest.subspan<4, 4>());
        rest = rest.subspan(kRecordHead);
        if (length > rest.size()) return file.damaged(block.offset, "half a record");
        if (const Status taken = assembly.take(type, rest.first(length)); !taken) {
            return file.damaged(
                block.offset, fmt::format("a record of type {}: {}", type, taken.error().message));
        }
        rest = rest.subspan(length);
    }
    return {};
}

}  // namespace

Result<Observation> read_recording(const std::string& path, const OtherSample& other) {
    KW_TRY(FrameReader file, FrameReader::open(path));
    Assembly assembly;
    uint64_t index_offset = 0;
    while (true) {
        KW_TRY(const std::optional<Frame> frame, file.next());
        if (!frame) break;
        if (frame->kind == FrameKind::Index) {
            index_offset = frame->offset;
        } else {
            KW_CHECK_OK(take_block(assembly, file, *frame));
        }
    }
    auto observation = assembly.finish(file.complete(), other);
    if (!observation) return file.damaged(index_offset, observation.error().message);
    return observation;
}

}  // namespace knowhy::model
