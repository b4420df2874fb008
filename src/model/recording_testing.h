// What the tests of recordings share: a file, and something to record.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "base/file.h"
#include "model/recording.h"

namespace knowhy::model {

class RecordingTest : public ::testing::Test {
  protected:
    RecordingTest() {
        if (::mkdtemp(directory_.data()) == nullptr) std::abort();
        path_ = directory_ + "/run.knowhy";
    }
    ~RecordingTest() override {
        ::unlink(path_.c_str());
        ::rmdir(directory_.c_str());
    }

    [[nodiscard]] std::string bytes() const { return read_file(path_, 1UL << 30U).value(); }
    void put(const std::string& contents) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << contents;
    }
    void record(const Observation& start, const Observation& end) const {
        auto writer = RecordingWriter::create(path_, start).value();
        for (const DropGroup& group : end.groups) {
            for (const DropSample& sample : group.samples) {
                ASSERT_TRUE(writer->add_sample(group, sample).has_value());
            }
        }
        ASSERT_TRUE(writer->finish(end).has_value());
    }
    [[nodiscard]] std::string read_problem() const {
        const auto read = read_recording(path_);
        return read ? "" : read.error().message;
    }

    std::string directory_ = "/tmp/knowhy-recording-XXXXXX";
    std::string path_;
};

inline Observation small_observation() {
    Observation observation;
    observation.clock = {1'700'000'000'000'000'000, 5'000'000'000, 6'000'000'000};
    observation.filter = "udp port 4791";
    observation.host.kernel_release = "6.1.0-test";
    observation.host.namespaces[7].inum = 7;
    DropGroup group;
    group.key.location = 0xffffffff81459d10;
    group.count = 12;
    group.reason = {2, "NO_SOCKET", ""};
    group.device = "v1";
    for (uint64_t i = 0; i < 3; ++i) {
        DropSample sample;
        sample.time_ns = 5'000'000'100 + i;
        sample.comm = "ping";
        sample.packet.bytes = {1, 2, 3};
        group.samples.push_back(sample);
    }
    observation.groups.push_back(group);
    observation.accounting.events = 12;
    observation.accounting.source = "tp_btf";
    return observation;
}

}  // namespace knowhy::model
