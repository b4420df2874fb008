#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "base/clock.h"
#include "base/text.h"
#include "model/codec.h"
#include "model/recording.h"
#include "model/recording_frame.h"
#include "model/recording_records.h"
#include "model/trace_codec.h"

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

Result<FrameWriter> create_file(const std::string& path, const Observation& start, uint32_t part) {
    const HeaderRecord header{start.host.kernel_release,
                              start.host.machine,
                              start.host.build_id,
                              start.clock,
                              start.filter,
                              part};
    return FrameWriter::create(path, to_cbor(encode(header)));
}

class Writer : public RecordingWriter {
  public:
    Writer(FrameWriter file, std::string path, Observation start, const RecordingLimits& limits)
        : file_(std::move(file)),
          path_(std::move(path)),
          start_(std::move(start)),
          limits_(limits) {
        // A file is not to become much larger than it may be.
        if (limits.max_bytes > 0)
            block_bytes_ = std::clamp<uint64_t>(limits.max_bytes / limits.files, 1024, kBlockBytes);
    }

    Status add_sample(const DropGroup& group, const DropSample& sample) override {
        if (groups_.insert(group.key).second) {
            KW_CHECK_OK(add(RecordType::Group, encode(GroupRecord{without_samples(group), {}})));
        }
        Written written{next_number_++, 0};
        KW_CHECK_OK(add_if_new(written, group.key, sample));
        if (written_.size() < kRemembered) written_[identity_of(group.key, sample)] = written;
        return tick();
    }

    Status add_call(const TracedCall& call) override {
        if (full_) {
            ++cut_;
            return {};
        }
        begin_block();
        calls_.add(call);
        ++streamed_.back();
        return calls_.bytes() >= block_bytes_ ? flush() : Status{};
    }

    Status add_event(const ScriptEvent& event) override {
        const json record = encode(EventRecord{event});
        // What a reader would refuse is not written.
        if (full_ || depth_of(record) > kMaxCborDepth || item_count(record) > kMaxCborItems) {
            ++cut_;
            return {};
        }
        ++streamed_.back();
        return add(RecordType::Event, record);
    }

    Status tick() override {
        const bool old = monotonic_now_ns() - block_.begun_ns >= kBlockAgeNs;
        return old ? flush() : Status{};
    }

    [[nodiscard]] uint64_t cut() const override { return cut_; }

    Status finish(const Observation& end) override {
        KW_CHECK_OK(flush());
        limits_.max_bytes = 0;  // the end is not parted
        KW_CHECK_OK(add_state(end));
        for (const DropGroup& group : end.groups) KW_CHECK_OK(add_group(group));
        KW_CHECK_OK(add(RecordType::Accounting, encode(end.accounting)));
        return close();
    }

    Status begin() {
        KW_CHECK_OK(add_state(start_));
        KW_CHECK_OK(flush());
        state_bytes_ = file_.size();
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
        covers(sample.time_ns, sample.time_ns);
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

    Status add_state(const Observation& observation) {
        const RunRecord run{observation.clock, observation.filter, observation.scope};
        KW_CHECK_OK(add(RecordType::Run, encode(run)));
        KW_CHECK_OK(add(RecordType::Host, encode(observation.host)));
        for (const auto& [inum, state] : observation.host.namespaces) {
            for (const json& part : parts_of(state)) KW_CHECK_OK(add(RecordType::Netns, part));
        }
        const auto& earlier = observation.host.earlier;
        for (size_t place = 0; place < earlier.size(); ++place) {
            for (json& part : parts_of(earlier[place])) {
                const json record = {{"place", place}, {"state", std::move(part)}};
                KW_CHECK_OK(add(RecordType::Earlier, record));
            }
        }
        if (!observation.trace.empty()) {
            json record = encode(observation.trace);
            record["cut"] = observation.trace.cut + cut_;
            KW_CHECK_OK(add(RecordType::Trace, record));
        }
        if (!observation.script) return {};
        json record = encode(*observation.script);
        record["cut"] = observation.script->cut + cut_;
        return add(RecordType::Script, record);
    }

    void begin_block() {
        if (block_.bytes.empty() && calls_.calls() == 0) block_.begun_ns = monotonic_now_ns();
    }

    Status add(RecordType type, const json& record) {
        begin_block();
        KW_CHECK_OK(put_record(type, to_cbor(record)));
        return block_.bytes.size() >= kBlockBytes ? flush() : Status{};
    }

    Status put_record(RecordType type, const std::vector<uint8_t>& payload) {
        if (payload.size() > kMaxRecordBytes) {
            return fail(ErrorKind::Internal, "a record of {} bytes is more than a recording takes",
                        payload.size());
        }
        put_u32(block_.bytes, static_cast<uint32_t>(type));
        put_u32(block_.bytes, static_cast<uint32_t>(payload.size()));
        block_.bytes.insert(block_.bytes.end(), payload.begin(), payload.end());
        ++block_.entry.records;
        return {};
    }

    // The times of a sample or of calls, in the index.
    void covers(uint64_t first_ns, uint64_t last_ns) {
        IndexEntry& entry = block_.entry;
        entry.first_ns = entry.first_ns == 0 ? first_ns : std::min(entry.first_ns, first_ns);
        entry.last_ns = std::max(entry.last_ns, last_ns);
    }

    Status flush() {
        if (calls_.calls() > 0) {
            KW_CHECK_OK(put_record(RecordType::Calls, calls_.payload()));
            covers(calls_.first_ns(), calls_.last_ns());
            calls_ = CallPacker();
        }
        if (block_.bytes.empty()) return {};
        KW_TRY(block_.entry.offset, file_.write(FrameKind::Data, block_.bytes));
        index_.blocks.push_back(block_.entry);
        block_ = {};
        const bool over = state_bytes_ > 0 && limits_.max_bytes > 0 &&
                          file_.size() - state_bytes_ >= limits_.max_bytes / limits_.files;
        if (!over) return {};
        full_ = limits_.files == 1;
        return full_ ? Status{} : rotate();
    }

    Status close() {
        KW_CHECK_OK(flush());
        KW_TRY(const uint64_t offset, file_.write(FrameKind::Index, to_cbor(encode(index_))));
        return file_.close(offset);
    }

    // The file becomes FILE.1, and the recording goes on in a new one.
    Status rotate() {
        state_bytes_ = 0;
        KW_CHECK_OK(close());
        for (uint32_t age = limits_.files - 1; age > 0; --age) {
            const std::string from = age == 1 ? path_ : part_path(path_, age - 1);
            // A part that is not there yet, or that somebody took away.
            if (::rename(from.c_str(), part_path(path_, age).c_str()) != 0 && errno != ENOENT)
                return fail_errno(errno, fmt::format("renaming {}", escaped(from)));
        }
        streamed_.push_back(0);
        if (streamed_.size() > limits_.files) {
            cut_ += streamed_.front();
            streamed_.pop_front();
        }
        ++part_;
        KW_TRY(file_, create_file(path_, start_, part_));
        index_ = {};
        return begin();
    }

    FrameWriter file_;
    std::string path_;
    Observation start_;
    RecordingLimits limits_;
    uint64_t block_bytes_ = kBlockBytes;  // of calls
    Block block_;
    CallPacker calls_;
    IndexRecord index_;
    std::set<DropKey> groups_;  // told of so far
    std::map<Identity, Written> written_;
    uint64_t next_number_ = 0;
    uint32_t part_ = 0;
    uint64_t state_bytes_ = 0;             // of the file's beginning; 0: it is being written
    bool full_ = false;                    // the one file is
    std::deque<uint64_t> streamed_ = {0};  // calls and words in each file, the oldest first
    uint64_t cut_ = 0;
};

}  // namespace

Result<std::unique_ptr<RecordingWriter>> RecordingWriter::create(const std::string& path,
                                                                 const Observation& start,
                                                                 const RecordingLimits& limits) {
    KW_TRY(FrameWriter file, create_file(path, start, 0));
    auto writer = std::make_unique<Writer>(std::move(file), path, start, limits);
    KW_CHECK_OK(writer->begin());
    return writer;
}

}  // namespace knowhy::model
