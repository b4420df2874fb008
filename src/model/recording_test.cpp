#include "model/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "model/codec.h"
#include "model/codec_testing.h"
#include "model/recording_frame.h"
#include "model/recording_testing.h"

namespace knowhy::model {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(RecordingTest, AnyObservationComesBackEqual) {
    for (uint32_t seed = 0; seed < 100; ++seed) {
        testing::RandomModel random(seed);
        const auto start = random.make<Observation>();
        const auto end = random.make<Observation>();
        record(start, end);
        const auto back = read_recording(path_);
        ASSERT_TRUE(back.has_value()) << back.error().message << " seed " << seed;
        EXPECT_EQ(testing::difference(end, *back), "") << "seed " << seed;
    }
}

TEST_F(RecordingTest, SamplesThatNoGroupKeptAreHandedOutAside) {
    const Observation end = small_observation();
    auto writer = RecordingWriter::create(path_, {}).value();
    DropSample other = end.groups[0].samples[0];
    other.time_ns += 50;
    ASSERT_TRUE(writer->add_sample(end.groups[0], end.groups[0].samples[0]).has_value());
    ASSERT_TRUE(writer->add_sample(end.groups[0], other).has_value());
    ASSERT_TRUE(writer->finish(end).has_value());

    std::vector<uint64_t> times;
    const auto back = read_recording(path_, [&](const DropGroup& group, const DropSample& sample) {
        EXPECT_EQ(group.reason.name, "NO_SOCKET");
        times.push_back(sample.time_ns);
    });
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_THAT(times, ::testing::ElementsAre(other.time_ns));
    EXPECT_EQ(testing::difference(end, *back), "");
}

TEST_F(RecordingTest, ASampleWhoseSymbolsWereResolvedLaterIsTheLaterOne) {
    Observation end = small_observation();
    auto writer = RecordingWriter::create(path_, {}).value();
    ASSERT_TRUE(writer->add_sample(end.groups[0], end.groups[0].samples[0]).has_value());
    end.groups[0].samples[0].place.symbol = "net_tx_action";
    ASSERT_TRUE(writer->finish(end).has_value());
    const auto back = read_recording(path_, [](const DropGroup&, const DropSample&) {
        ADD_FAILURE() << "the sample was written for two";
    });
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(testing::difference(end, *back), "");
}

TEST_F(RecordingTest, WithoutItsEndAGroupCountsAllSamplesAndKeepsTheFirst) {
    const DropGroup group = small_observation().groups[0];
    {
        auto writer = RecordingWriter::create(path_, small_observation()).value();
        DropSample sample = group.samples[0];
        for (int i = 0; i < 3000; ++i) {
            ++sample.time_ns;
            sample.comm = std::string(200, static_cast<char>('a' + i % 26));  // blocks get full
            ASSERT_TRUE(writer->add_sample(group, sample).has_value());
        }
    }  // never finished
    size_t others = 0;
    const auto back = read_recording(path_, [&](const DropGroup& told, const DropSample&) {
        EXPECT_EQ(told.device, "v1");
        ++others;
    });
    ASSERT_TRUE(back.has_value()) << back.error().message;
    ASSERT_EQ(back->groups.size(), 1U);
    EXPECT_EQ(back->groups[0].reason.name, "NO_SOCKET");
    EXPECT_EQ(back->groups[0].samples.size(), 1000U);
    EXPECT_GT(others, 100U);
    EXPECT_EQ(back->groups[0].count, 1000U + others);
    EXPECT_EQ(back->accounting.events, back->groups[0].count);
    EXPECT_EQ(back->filter, "udp port 4791");
}

TEST_F(RecordingTest, SamplesAreNotWrittenTwice) {
    const Observation end = small_observation();
    record({}, end);
    const size_t with_samples_added = bytes().size();
    ASSERT_TRUE(RecordingWriter::create(path_, {}).value()->finish(end).has_value());
    EXPECT_LT(with_samples_added, bytes().size() + 300);
}

TEST_F(RecordingTest, ANamespaceOfAnySizeFits) {
    Observation end = small_observation();
    NetnsState& state = end.host.namespaces[7];
    testing::RandomModel random(3);
    const auto route = random.make<Route>();
    state.routes.assign(20'000, route);
    state.routes.back().table = 42;
    for (int i = 0; i < 20'000; ++i) state.before["link.v" + std::to_string(i) + ".rx"] = 1;
    record({}, end);
    const auto back = read_recording(path_);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(testing::difference(end, *back), "");
}

TEST_F(RecordingTest, TheFileIsNobodyElsesBusiness) {
    record({}, small_observation());
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(RecordingTest, AFileThatExistsIsTruncated) {
    put(std::string(100'000, 'x'));
    record({}, small_observation());
    EXPECT_EQ(read_problem(), "");
    EXPECT_LT(bytes().size(), 100'000U);
}

TEST_F(RecordingTest, AFullDiskIsOneClearLine) {
    const auto writer = RecordingWriter::create("/dev/full", small_observation());
    ASSERT_FALSE(writer.has_value());
    EXPECT_EQ(writer.error().message, "writing /dev/full: No space left on device");
    EXPECT_EQ(writer.error().kind, ErrorKind::System);
}

// A limit on the file's size stands in for a disk that fills up on the way.
class SizeLimit {
  public:
    explicit SizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limited{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limited);
    }
    ~SizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    SizeLimit(const SizeLimit&) = delete;
    SizeLimit& operator=(const SizeLimit&) = delete;

  private:
    rlimit before_{};
    void (*handler_)(int);
};

TEST_F(RecordingTest, WhatWasWrittenBeforeTheDiskWasFullStaysReadable) {
    auto writer = RecordingWriter::create(path_, small_observation()).value();
    testing::RandomModel random(5);
    const auto group = random.make<DropGroup>();
    Status last;
    {
        const SizeLimit limit(400'000);
        for (int i = 0; i < 100'000 && last; ++i) {
            auto sample = random.make<DropSample>();
            last = writer->add_sample(group, sample);
        }
    }
    ASSERT_FALSE(last.has_value());
    EXPECT_THAT(last.error().message, HasSubstr(path_));
    EXPECT_FALSE(writer->finish(small_observation()).has_value());  // room again, but too late

    const auto back = read_recording(path_);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    ASSERT_EQ(back->groups.size(), 1U);
    EXPECT_GT(back->groups[0].samples.size(), 100U);
    EXPECT_THAT(back->accounting.notes, ::testing::Contains(HasSubstr("ends early")));
}

TEST_F(RecordingTest, CutAnywhereItIsReadAsFarAsItGoesOrRefusedAtItsHeader) {
    const Observation whole = small_observation();
    record(whole, whole);
    const std::string contents = bytes();
    bool had_samples = false;
    for (size_t length = 0; length < contents.size(); ++length) {
        put(contents.substr(0, length));
        const auto read = read_recording(path_);
        if (!read) {
            EXPECT_FALSE(had_samples) << "lost again at " << length;
            EXPECT_THAT(read.error().message,
                        ::testing::AnyOf(HasSubstr("inside its header"), HasSubstr("not a record")))
                << length;
            EXPECT_EQ(read.error().kind, ErrorKind::Usage);
            continue;
        }
        EXPECT_EQ(read->accounting.notes.size(), 1U) << length;
        uint64_t counted = read->accounting.other;
        for (const DropGroup& group : read->groups) counted += group.count;
        EXPECT_EQ(read->accounting.events, counted) << length;
        had_samples = had_samples || !read->groups.empty();
    }
    EXPECT_TRUE(had_samples);
}

TEST_F(RecordingTest, AFlippedBitInAnyByteIsNoticed) {
    const Observation whole = small_observation();
    record(whole, whole);
    const std::string contents = bytes();
    for (size_t byte = 0; byte < contents.size(); ++byte) {
        std::string damaged = contents;
        damaged[byte] = static_cast<char>(damaged[byte] ^ (1 << (byte % 8)));
        put(damaged);
        const auto read = read_recording(path_);
        if (!read) {
            EXPECT_EQ(read.error().kind, ErrorKind::Usage);
            EXPECT_LT(byte, 400U) << "what is whole is read: " << read.error().message;
            continue;
        }
        EXPECT_THAT(read->accounting.notes, ::testing::Contains(HasSubstr("damaged at offset")))
            << "byte " << byte;
    }
}

TEST_F(RecordingTest, DamageIsNamedWithItsOffset) {
    const Observation whole = small_observation();
    record(whole, whole);
    std::string contents = bytes();
    const auto notes = [this] { return read_recording(path_).value().accounting.notes; };
    contents[contents.size() - 20] ^= 1;  // the last byte of the index
    put(contents);
    EXPECT_THAT(notes(), ::testing::Contains(HasSubstr("damaged at offset ")));
    contents[contents.size() - 20] ^= 1;
    put(contents + "x");
    EXPECT_THAT(notes(), ::testing::Contains(HasSubstr("bytes after the end")));
}

TEST_F(RecordingTest, WhatIsNoRecordingIsRefused) {
    EXPECT_THAT(read_problem(), HasSubstr("cannot open"));
    put("");
    EXPECT_THAT(read_problem(), HasSubstr("is not a recording"));
    put("#!/bin/sh\n");
    EXPECT_THAT(read_problem(), HasSubstr("is not a recording"));
    EXPECT_THAT(read_recording("/tmp").error().message, HasSubstr("/tmp"));
}

// A file with one block of these records, with right checksums.
void write_block(const std::string& path, const std::vector<uint8_t>& records) {
    auto file = FrameWriter::create(path, {}).value();
    ASSERT_TRUE(file.write(FrameKind::Data, records).has_value());
    const uint64_t index = file.write(FrameKind::Index, {}).value();
    ASSERT_TRUE(file.close(index).has_value());
}

void put_record(std::vector<uint8_t>& out, uint32_t type, const std::vector<uint8_t>& payload) {
    put_u32(out, type);
    put_u32(out, static_cast<uint32_t>(payload.size()));
    out.insert(out.end(), payload.begin(), payload.end());
}

TEST_F(RecordingTest, RecordsOfALaterKnowhyAreSkipped) {
    std::vector<uint8_t> records;
    put_record(records, 4711, {0xff, 0xff});
    put_record(records, 6, to_cbor({{"events", 9}}));
    write_block(path_, records);
    const auto read = read_recording(path_);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->accounting.events, 9U);
    EXPECT_THAT(read->accounting.notes, IsEmpty());
}

TEST_F(RecordingTest, RecordsThatLieAreRefused) {
    const auto problem = [this](uint32_t type, const nlohmann::json& payload) {
        std::vector<uint8_t> records;
        put_record(records, type, to_cbor(payload));
        write_block(path_, records);
        return read_problem();
    };
    EXPECT_THAT(problem(6, {{"events", "many"}}), HasSubstr("type 6: events: not a whole number"));
    EXPECT_THAT(problem(3, {{"name", "no number"}}), HasSubstr("without its number"));
    EXPECT_THAT(problem(3, {{"inum", 1ULL << 40U}}), HasSubstr("too large"));

    std::vector<uint8_t> records;
    put_record(records, 5, to_cbor({{"samples", {1}}}));
    put_record(records, 6, to_cbor(nlohmann::json::object()));
    write_block(path_, records);
    EXPECT_THAT(read_problem(), HasSubstr("a sample that is not there"));

    records.clear();
    put_record(records, 4, to_cbor({{"number", 1}}));
    put_record(records, 5, to_cbor({{"samples", {1, 1}}}));
    put_record(records, 6, to_cbor(nlohmann::json::object()));
    write_block(path_, records);
    EXPECT_THAT(read_problem(), HasSubstr("a sample that is in two groups"));

    write_block(path_, {1, 0, 0, 0, 255, 0, 0, 0});
    EXPECT_THAT(read_problem(), HasSubstr("half a record"));
    write_block(path_, {1, 0, 0});
    EXPECT_THAT(read_problem(), HasSubstr("half a record"));
}

TEST_F(RecordingTest, AVersionThatIsNotKnownIsNamed) {
    record({}, small_observation());
    std::string contents = bytes();
    contents[8] = 3;
    put(contents);
    EXPECT_THAT(read_problem(), HasSubstr("format version 3; this knowhy reads versions 1 to 2"));
}

}  // namespace
}  // namespace knowhy::model
