#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/clock.h"
#include "model/codec.h"
#include "model/recording.h"
#include "model/recording_frame.h"
#include "model/recording_records.h"

namespace knowhy::model {
namespace {

using nlohmann::json;

constexpr size_t kBlockBytes = 256UL * 1024;     // a block is written when it holds this much,
constexpr uint64_t kBlockAgeNs = 1'000'000'000;  // or is this old
static_assert(kBlockBytes + kMaxRecordBytes <= kMaxBlockBytes);
constexpr size_t kPartItems = 100'000;  // of a namespace, in one record
// Samples that are known again at the end. A group keeps its first ones, so the first of all do; a
// later one that was kept none the less is written twice.
constexpr size_t kRemembered = 200'000;

// Records on their way into a block, with what the index says about it.
struct Block {
    std::vector<uint8_t> bytes;
    IndexEntry entry;
    uint64_t begun_ns = 0;
};

// A namespace in parts that each stay far below the limits of a record: one with a full routing
// table does not.
std::vector<json> parts_of(const NetnsState& state) {
    std::vector<json> parts;
    size_t items = 0;
    const auto part = [&](size_t more) -> json& {
        if (parts.empty() || items + more > kPartItems) {
            parts.push_back({{"inum", state.inum}});
            items = 0;
        }
        items += more;
        return parts.back();
    };
    json whole = encode(state);
    for (auto& [name, value] : whole.items()) {
        if (!value.is_structured() || value.empty()) {
            part(2)[name] = value;
            continue;
        }
        for (auto& [key, held] : value.items()) {
            json& target = part(item_count(held) + 1)[name];
            if (value.is_array()) {
                target.push_back(std::move(held));
            } else {
                target[key] = std::move(held);
            }
        }
    }
    return parts;
}

class Writer : public RecordingWriter {
  public:
    explicit Writer(FrameWriter file) : file_(std::move(file)) {}

    Status add_sample(const DropGroup& group, const DropSample& sample) override {
        if (groups_.insert(group.key).second) {
            KW_CHECK_OK(add(RecordType::Group, encode(GroupRecord{without_samples(group), {}})));
        }
        Written written{next_number_++, 0};
        KW_CHECK_OK(add_if_new(written, group.key, sample));
        if (written_.size() < kRemembered) written_[identity_of(group.key, sample)] = written;
        const bool old = monotonic_now_ns() - block_.begun_ns >= kBlockAgeNs;
        return old ? flush() : Status{};
    }

    Status finish(const Observation& end) override {
        KW_CHECK_OK(add_state(end));
        for (const DropGroup& group : end.groups) KW_CHECK_OK(add_group(group));
        KW_CHECK_OK(add(RecordType::Accounting, encode(end.accounting)));
        KW_CHECK_OK(flush());
        KW_TRY(const uint64_t offset, file_.write(FrameKind::Index, to_cbor(encode(index_))));
        return file_.close(offset);
    }

    Status add_state(const Observation& observation) {
        const RunRecord run{observation.clock, observation.filter, observation.scope};
        KW_CHECK_OK(add(RecordType::Run, encode(run)));
        KW_CHECK_OK(add(RecordType::Host, encode(observation.host)));
        for (const auto& [inum, state] : observation.host.namespaces) {
            for (const json& part : parts_of(state)) KW_CHECK_OK(add(RecordType::Netns, part));
        }
        return {};
    }

    Status flush() {
        if (block_.bytes.empty()) return {};
        KW_TRY(block_.entry.offset, file_.write(FrameKind::Data, block_.bytes));
        index_.blocks.push_back(block_.entry);
        block_ = {};
        return {};
    }

  private:
    // A sample is known again by its key, time, CPU and skb. It is written once more, under its
    // number, when it is no longer the same: its symbols may have been resolved in between.
    using Identity = std::tuple<DropKey, uint64_t, uint32_t, uint64_t>;
    struct Written {
        uint64_t number = 0;
        size_t hash = 0;  // of the record; 0 before it was written
    };

    static Identity identity_of(const DropKey& key, const DropSample& sample) {
        return {key, sample.time_ns, sample.cpu, sample.skb};
    }

    Status add_if_new(Written& written, const DropKey& key, const DropSample& sample) {
        const json record = encode(SampleRecord{written.number, key, sample});
        const size_t hash = std::max<size_t>(std::hash<json>()(record), 1);
        if (written.hash == hash) return {};
        written.hash = hash;
        if (block_.entry.first_ns == 0) block_.entry.first_ns = sample.time_ns;
        block_.entry.last_ns = sample.time_ns;
        return add(RecordType::Sample, record);
    }

    // The number of a sample that a group of the end holds. Each number is given once: of samples
    // that look the same, the second one is written for itself.
    Result<uint64_t> take_number(const DropKey& key, const DropSample& sample) {
        const auto known = written_.find(identity_of(key, sample));
        Written written{next_number_, 0};
        if (known != written_.end()) {
            written = known->second;
            written_.erase(known);
        } else {
            ++next_number_;
        }
        KW_CHECK_OK(add_if_new(written, key, sample));
        return written.number;
    }

    Status add_group(const DropGroup& group) {
        GroupRecord record{without_samples(group), {}};
        for (const DropSample& sample : group.samples) {
            KW_TRY(const uint64_t number, take_number(group.key, sample));
            record.samples.push_back(number);
        }
        return add(RecordType::Group, encode(record));
    }

    Status add(RecordType type, const json& record) {
        const std::vector<uint8_t> payload = to_cbor(record);
        if (payload.size() > kMaxRecordBytes) {
            return fail(ErrorKind::Internal, "a record of {} bytes is more than a recording takes",
                        payload.size());
        }
        if (block_.bytes.empty()) block_.begun_ns = monotonic_now_ns();
        put_u32(block_.bytes, static_cast<uint32_t>(type));
        put_u32(block_.bytes, static_cast<uint32_t>(payload.size()));
        block_.bytes.insert(block_.bytes.end(), payload.begin(), payload.end());
        ++block_.entry.records;
        return block_.bytes.size() >= kBlockBytes ? flush() : Status{};
    }

    FrameWriter file_;
    Block block_;
    IndexRecord index_;
    std::set<DropKey> groups_;  // told of so far
    std::map<Identity, Written> written_;
    uint64_t next_number_ = 0;
};

}  // namespace

Result<std::unique_ptr<RecordingWriter>> RecordingWriter::create(const std::string& path,
                                                                 const Observation& start) {
    const HeaderRecord header{start.host.kernel_release, start.host.machine, start.host.build_id,
                              start.clock, start.filter};
    KW_TRY(FrameWriter file, FrameWriter::create(path, to_cbor(encode(header))));
    auto writer = std::make_unique<Writer>(std::move(file));
    KW_CHECK_OK(writer->add_state(start));
    KW_CHECK_OK(writer->flush());
    return writer;
}

}  // namespace knowhy::model
