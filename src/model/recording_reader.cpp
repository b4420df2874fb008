#include <algorithm>
#include <functional>
#include <optional>

#include "base/text.h"
#include "model/recording.h"
#include "model/recording_assembly.h"
#include "model/recording_frame.h"

namespace knowhy::model {
namespace {

constexpr size_t kRecordHead = 8;  // type, length

using Payload = Assembly::Payload;
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

// What a reading of a file came to.
struct Reading {
    bool complete = false;            // nothing is missing at its end
    std::vector<std::string> losses;  // what was damaged
};

Result<Reading> each_record(const std::string& path, const Visit& visit) {
    KW_TRY(FrameReader file, FrameReader::open(path));
    while (true) {
        KW_TRY(const std::optional<Frame> frame, file.next());
        if (!frame) return Reading{file.complete(), file.losses()};
        if (frame->kind == FrameKind::Data) KW_CHECK_OK(each_record_in(file, *frame, visit));
    }
}

// The files of a recording, the oldest first. Where a part is missing, it begins behind it.
Result<std::vector<std::string>> parts_of(const std::string& path) {
    const auto header_of = [](const std::string& file) -> Result<HeaderRecord> {
        KW_TRY(const FrameReader reader, FrameReader::open(file));
        HeaderRecord header;
        MemoryBudget budget{kMaxHeaderBytes};
        KW_TRY(const nlohmann::json value, from_cbor(reader.header()));
        KW_CHECK_OK(decode(value, header, budget));
        return header;
    };
    std::vector<std::string> parts = {path};
    const auto last = header_of(path);
    for (uint32_t age = 1; last && age <= last->part; ++age) {
        const auto header = header_of(part_path(path, age));
        const bool same_run = header && header->part == last->part - age &&
                              header->clock.realtime_ns == last->clock.realtime_ns &&
                              header->clock.monotonic_ns == last->clock.monotonic_ns;
        if (!same_run) break;
        parts.push_back(part_path(path, age));
    }
    std::ranges::reverse(parts);
    return parts;
}

}  // namespace

std::string part_path(const std::string& path, uint32_t age) {
    return fmt::format("{}.{}", path, age);
}

Result<Observation> read_recording(const std::string& path, const RecordingVisitor& visitor) {
    Assembly assembly(visitor);
    const auto in_file = [&path](const Error& error) {
        return tl::unexpected(error.in(fmt::format("{}: damaged", escaped(path))));
    };
    KW_TRY(Reading reading, each_record(path, [&](uint32_t type, Payload payload) {
               return assembly.take(type, payload);
           }));
    const Status prepared = assembly.prepare_for_streams(!reading.losses.empty());
    if (!prepared) {
        return in_file(prepared.error());
    }
    KW_TRY(const auto parts, parts_of(path));
    for (const std::string& part : parts) {
        KW_TRY(const Reading streams, each_record(part, [&](uint32_t type, Payload payload) {
                   return part == path ? assembly.take_streamed(type, payload)
                                       : assembly.take_earlier_part(type, payload);
               }));
        // Those of the last one are known by now.
        if (part != path) {
            for (const std::string& loss : streams.losses)
                reading.losses.push_back(fmt::format("{}: {}", part, loss));
        }
    }
    auto observation = assembly.finish(reading.complete);
    if (!observation) return in_file(observation.error());
    auto& notes = observation->accounting.notes;
    notes.insert(notes.end(), reading.losses.begin(), reading.losses.end());
    return observation;
}

Result<Observation> read_recording(const std::string& path, const OtherSample& other) {
    RecordingVisitor visitor;
    visitor.other = other;
    return read_recording(path, visitor);
}

}  // namespace knowhy::model
