#include "model/recording_assembly.h"

#include <algorithm>
#include <utility>

#include "model/trace_codec.h"

namespace knowhy::model {
namespace {

// Of a recording that ends early: samples that a group keeps. All are counted.
constexpr size_t kSamplesPerGroup = 1000;
// Left for what is not streamed: a call that would take of it is not kept.
constexpr size_t kReserved = 256UL * 1024 * 1024;

constexpr auto number_of(RecordType type) {
    return static_cast<uint32_t>(type);
}

size_t bytes_of(const TracedValue& value) {
    // Strings of up to 15 bytes lie in their object.
    const auto text = [](const std::string& one) { return one.size() < 16 ? 0 : one.size() + 1; };
    size_t bytes = sizeof(value) + text(value.name) + text(value.type);
    if (const auto* said = value.value.get<Value::Text>()) bytes += text(said->raw);
    if (const auto* said = value.value.get<Value::Bytes>()) bytes += text(said->raw);
    for (const TracedValue& member : value.members) bytes += bytes_of(member);
    return bytes;
}

size_t bytes_of(const TracedCall& call) {
    size_t bytes = sizeof(call) + (call.packet ? call.packet->bytes.size() : 0);
    for (const TracedValue& value : call.values) bytes += bytes_of(value);
    return bytes + bytes / 2;  // the allocator's share, and the list of calls as it grows
}

}  // namespace

Status Assembly::take(uint32_t type, Payload payload) {
    switch (static_cast<RecordType>(type)) {
        case RecordType::Run:
            return take_run(payload);
        case RecordType::Host:
            return take_as(payload, observation_.host);
        case RecordType::Netns:
            return take_netns(payload);
        case RecordType::Earlier:
            return take_earlier(payload);
        case RecordType::Group:
            return take_group(payload);
        case RecordType::Trace:
            observation_.trace = {};
            return take_as(payload, observation_.trace);
        case RecordType::Script:
            return take_as(payload, observation_.script.emplace());
        case RecordType::Accounting:
            has_end_ = true;
            return take_as(payload, observation_.accounting);
        case RecordType::Sample:
        case RecordType::Calls:
        case RecordType::Event:
            break;  // the second time
    }
    return {};  // or of a later knowhy
}

Status Assembly::prepare_for_streams(bool damaged) {
    damaged_ = damaged;
    // With the description of the end, or of the beginning, lost, which of the two the rest belongs
    // to is not known.
    if (damaged && !start_) has_end_ = false;
    if (has_end_) return find_slots();
    if (start_) observation_ = std::move(*start_);
    return {};
}

Status Assembly::take_streamed(uint32_t type, Payload payload) {
    return type == number_of(RecordType::Sample) ? take_sample(payload)
                                                 : take_earlier_part(type, payload);
}

Status Assembly::take_earlier_part(uint32_t type, Payload payload) {
    if (type == number_of(RecordType::Calls)) return take_calls(payload);
    if (type == number_of(RecordType::Event)) return take_event(payload);
    return {};
}

Result<Observation> Assembly::finish(bool complete) {
    if (damaged_) leave_out_missing_samples();
    if (!damaged_ && filled_ < slots_.size()) {
        return fail(ErrorKind::Usage, "a group names a sample that is not there");
    }
    tell_of_the_end(complete);
    const auto earlier = [](const TracedCall& a, const TracedCall& b) {
        return a.time_ns < b.time_ns;
    };
    // CPUs write into one buffer, and one may stamp before another and write after it.
    auto& calls = observation_.trace.calls;
    if (!std::ranges::is_sorted(calls, earlier)) std::ranges::stable_sort(calls, earlier);
    return std::move(observation_);
}

void Assembly::leave_out_missing_samples() {
    for (const auto& [number, slot] : slots_) {
        if (slot.filled) continue;
        observation_.groups[slot.group].samples[slot.sample].time_ns = 0;
    }
    for (DropGroup& group : observation_.groups)
        std::erase_if(group.samples, [](const DropSample& sample) { return sample.time_ns == 0; });
}

void Assembly::tell_of_the_end(bool complete) {
    auto& notes = observation_.accounting.notes;
    const bool streams = !observation_.trace.empty() || observation_.script;
    if (!has_end_ && streams) {
        notes.emplace_back(
            complete ? "this is a part of a recording, which goes on in another file"
                     : "the recording ends early: what was recorded until then is in it, and the "
                       "state is that of its beginning");
    } else if (!has_end_) {
        close_books();
        notes.emplace_back("the recording ends early: counts are those of the packets in it");
    } else if (!complete) {
        notes.emplace_back("the recording lacks its index: it was not closed");
    }
}

template <typename T>
Status Assembly::take_as(Payload payload, T& into) {
    KW_TRY(const nlohmann::json value, from_cbor(payload));
    return decode(value, into, budget_);
}

Status Assembly::charge(size_t bytes) {
    if (bytes > budget_.left) {
        return fail(ErrorKind::Usage, "takes more memory than a recording may");
    }
    budget_.left -= bytes;
    return {};
}

// The state at the start is kept until the state at the end is known to be whole.
Status Assembly::take_run(Payload payload) {
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

Status Assembly::take_netns(Payload payload) {
    KW_TRY(const nlohmann::json value, from_cbor(payload));
    const auto inum = value.is_object() ? value.find("inum") : value.end();
    if (inum == value.end() || !inum->is_number_unsigned()) {
        return fail(ErrorKind::Usage, "a namespace without its number");
    }
    KW_CHECK_OK(charge(sizeof(NetnsState)));
    // decode() checks that the number fits.
    return decode(value, observation_.host.namespaces[inum->get<uint32_t>()], budget_);
}

Status Assembly::take_earlier(Payload payload) {
    KW_TRY(const nlohmann::json value, from_cbor(payload));
    const auto place = value.is_object() ? value.find("place") : value.end();
    const auto state = value.is_object() ? value.find("state") : value.end();
    auto& earlier = observation_.host.earlier;
    // Places ascend: each is that of the last state, or of the next one.
    if (place == value.end() || state == value.end() || !place->is_number_unsigned() ||
        place->get<uint64_t>() > earlier.size()) {
        return fail(ErrorKind::Usage, "an earlier state out of its place");
    }
    if (place->get<uint64_t>() == earlier.size()) {
        KW_CHECK_OK(charge(2 * sizeof(NetnsState)));
        earlier.emplace_back();
    }
    return decode(*state, earlier[place->get<uint64_t>()], budget_);
}

Status Assembly::take_group(Payload payload) {
    KW_CHECK_OK(charge(2 * sizeof(GroupRecord)));
    GroupRecord record;
    KW_CHECK_OK(take_as(payload, record));
    told_[record.group.key] = record.group;
    groups_.push_back(std::move(record));
    return {};
}

Status Assembly::take_sample(Payload payload) {
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

Status Assembly::take_calls(Payload payload) {
    Trace& trace = observation_.trace;
    if (trace.empty() && damaged_) return {};  // what they are calls of is lost
    return unpack_calls(payload, trace.functions.size(), [&](TracedCall&& call) -> Status {
        if (visitor_.call) {
            visitor_.call(trace, call);
            return {};
        }
        const size_t bytes = bytes_of(call);
        if (budget_.left < kReserved + bytes) {
            ++trace.cut;
            return {};
        }
        trace.calls.push_back(std::move(call));
        return charge(bytes);
    });
}

Status Assembly::take_event(Payload payload) {
    if (!observation_.script && damaged_) return {};
    if (!observation_.script) return fail(ErrorKind::Usage, "a script's word without a script");
    ScriptRun& run = *observation_.script;
    MemoryBudget left = budget_;
    EventRecord record;
    KW_TRY(const nlohmann::json value, from_cbor(payload));
    KW_CHECK_OK(decode(value, record, left));
    if (visitor_.said) {
        visitor_.said(run, record.event);
        return {};
    }
    budget_ = left;
    run.events.push_back(std::move(record.event));
    return charge(sizeof(ScriptEvent));
}

Status Assembly::find_slots() {
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

bool Assembly::fill_slot(SampleRecord& record) {
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

bool Assembly::add_to_group(SampleRecord& record) {
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

void Assembly::close_books() {
    Accounting& books = observation_.accounting;
    for (const DropGroup& group : observation_.groups) {
        books.events += group.count;
        books.samples += group.count;
    }
}

DropGroup Assembly::told(const DropKey& key) const {
    const auto found = told_.find(key);
    DropGroup group = found != told_.end() ? found->second : DropGroup();
    group.key = key;
    return group;
}

void Assembly::hand_out(const SampleRecord& record) const {
    if (visitor_.other) visitor_.other(told(record.key), record.sample);
}

}  // namespace knowhy::model
