// Any bytes are a recording or an error. The first byte says what the others are: a file as it is
// (checksums keep most of those out), records in a block with right checksums, or the CBOR payload
// of one record of the type that the second byte names, behind a trace and a script.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "model/codec.h"
#include "model/recording.h"
#include "model/recording_frame.h"
#include "model/recording_records.h"

using namespace knowhy;         // NOLINT(google-build-using-namespace)
using namespace knowhy::model;  // NOLINT(google-build-using-namespace)

namespace {

using Bytes = std::span<const uint8_t>;

void require(bool truth) {
    if (!truth) std::abort();
}

// A file in memory, with a name that can be opened.
const std::string& scratch() {
    static const int kFd = ::memfd_create("recording", MFD_CLOEXEC);
    static const std::string kPath = "/proc/self/fd/" + std::to_string(kFd);
    return kPath;
}

void write_file(Bytes bytes) {
    const UniqueFd file(::open(scratch().c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    require(::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

void write_block(Bytes records) {
    auto file = FrameWriter::create(scratch(), {});
    require(file.has_value());
    require(file->write(FrameKind::Data, records).has_value());
    const auto index = file->write(FrameKind::Index, {});
    require(index.has_value() && file->close(*index).has_value());
}

void put_record(std::vector<uint8_t>& records, uint32_t type, Bytes payload) {
    put_u32(records, type);
    put_u32(records, static_cast<uint32_t>(payload.size()));
    records.insert(records.end(), payload.begin(), payload.end());
}

// The record, behind those that it needs.
void write_records(uint32_t type, Bytes payload) {
    Trace trace;
    trace.functions.resize(3);
    std::vector<uint8_t> records;
    put_record(records, static_cast<uint32_t>(RecordType::Trace), to_cbor(encode(trace)));
    put_record(records, static_cast<uint32_t>(RecordType::Script), to_cbor(encode(ScriptRun())));
    put_record(records, type, payload);
    write_block(records);
}

// What was read can be written again, and reads the same the second time.
void check_round_trip(const Observation& observation) {
    auto writer = RecordingWriter::create(scratch(), observation);
    require(writer.has_value());
    for (const TracedCall& call : observation.trace.calls)
        require((*writer)->add_call(call).has_value());
    if (observation.script)
        for (const ScriptEvent& event : observation.script->events)
            require((*writer)->add_event(event).has_value());
    require((*writer)->finish(observation).has_value());
    const auto again = read_recording(scratch());
    require(again.has_value());
    require(again->groups.size() == observation.groups.size());
    require(encode(again->accounting) == encode(observation.accounting));
    require(encode(again->host) == encode(observation.host));
    require(again->trace.calls.size() == observation.trace.calls.size());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Bytes input(data, size);
    if (input.size() < 2) return 0;
    switch (input[0] % 3) {
        case 0:
            write_file(input.subspan(1));
            break;
        case 1:
            write_block(input.subspan(1));
            break;
        default:
            // Calls want the functions that they are of.
            write_records(input[1] % 13, input.subspan(2));
            break;
    }
    const auto read = read_recording(scratch(), [](const DropGroup&, const DropSample&) {});
    if (read) {
        check_round_trip(*read);
    } else {
        require(!read.error().message.empty());
    }
    return 0;
}
