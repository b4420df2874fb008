#include "render/pcapng/writer.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "model/fixture.h"
#include "render/pcapng/blocks.h"

namespace knowhy::render {
namespace {

using model::fixture::martian_finding;
using model::fixture::martian_group;
using model::fixture::martian_sample;
using model::fixture::observation;
using testing::ElementsAre;
using testing::HasSubstr;

struct Block {
    uint32_t type = 0;
    std::string body;
};

uint32_t u32(const std::string& bytes, size_t at) {
    uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

// Walks a file by its lengths, which must agree at both ends of each block.
std::vector<Block> blocks_of(const std::string& file) {
    std::vector<Block> blocks;
    for (size_t at = 0; at < file.size();) {
        const uint32_t length = u32(file, at + 4);
        EXPECT_EQ(length % 4, 0U);
        EXPECT_LE(at + length, file.size());
        EXPECT_EQ(u32(file, at + length - 4), length);
        blocks.push_back({u32(file, at), file.substr(at + 8, length - 12)});
        at += length;
    }
    return blocks;
}

class Pcapng : public testing::Test {
  protected:
    void TearDown() override { std::filesystem::remove(path_); }

    std::string written(const std::vector<model::DropSample>& samples) {
        auto writer = PcapngWriter::create(path_, "x86_64", "Linux 6.1");
        EXPECT_TRUE(writer);
        for (const auto& sample : samples) {
            EXPECT_TRUE(
                writer->add(martian_finding(), martian_group(), sample, observation().clock));
        }
        EXPECT_TRUE(writer->flush());
        return *read_file(path_, 1 << 20);
    }

    // What tshark reads: one line of fields a packet. Empty when there is no tshark.
    [[nodiscard]] std::string tshark() const {
        const std::string command =
            "tshark -r " + path_ +
            " -T fields -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.interface_name"
            " -e frame.comment -e _ws.col.Protocol 2>&1";
        FILE* pipe = popen(command.c_str(), "r");
        std::string out;
        char buffer[512];
        while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
        pclose(pipe);
        return out;
    }

    std::string path_ = testing::TempDir() + "knowhy-" + std::to_string(getpid()) + ".pcapng";
};

TEST_F(Pcapng, SectionThenInterfacesBeforeTheirPackets) {
    auto other = martian_sample();
    other.device = "v0";
    auto bare = martian_sample();
    bare.packet.start = model::RawPacket::Start::Network;
    bare.packet.bytes.erase(bare.packet.bytes.begin(), bare.packet.bytes.begin() + 14);
    std::vector<uint32_t> types;
    const auto blocks = blocks_of(written({martian_sample(), martian_sample(), other, bare}));
    types.reserve(blocks.size());
    for (const Block& block : blocks) types.push_back(block.type);
    EXPECT_THAT(types, ElementsAre(0x0a0d0d0a, 1, 6, 6, 1, 6, 1, 6));
    EXPECT_EQ(blocks[1].body[0], 1);    // Ethernet
    EXPECT_EQ(blocks[6].body[0], 101);  // raw IP
}

TEST_F(Pcapng, APacketHasItsTimeItsLengthsAndItsCause) {
    const auto blocks = blocks_of(written({martian_sample()}));
    const std::string& body = blocks.at(2).body;
    const uint64_t time = static_cast<uint64_t>(u32(body, 4)) << 32U | u32(body, 8);
    EXPECT_EQ(time, 1'800'000'000'000'000'000U);
    EXPECT_EQ(u32(body, 12), 18U);
    EXPECT_EQ(u32(body, 16), 62U);
    EXPECT_THAT(body, HasSubstr("source-local (certain): the source 10.9.0.1 is one of"));
    EXPECT_THAT(body, HasSubstr("at ip_rcv_finish_core+0x1ab (net/ipv4/ip_input.c:424) | reason "
                                "NOT_SPECIFIED"));
}

TEST_F(Pcapng, WithoutBytesThereIsNoPacket) {
    auto empty = martian_sample();
    empty.packet = {};
    EXPECT_EQ(blocks_of(written({empty})).size(), 1U);
}

TEST_F(Pcapng, APacketThatIsNotIpAndHasNoMacHeaderIsFramed) {
    auto arp = martian_sample();
    arp.packet.start = model::RawPacket::Start::Network;
    arp.packet.protocol = 0x0806;
    const auto blocks = blocks_of(written({arp}));
    EXPECT_EQ(blocks.at(1).body[0], 1);
    EXPECT_EQ(blocks.at(2).body.substr(20 + 12, 2), std::string("\x08\x06"));
    EXPECT_EQ(u32(blocks.at(2).body, 12), 32U);
    EXPECT_EQ(u32(blocks.at(2).body, 16), 76U);
    EXPECT_THAT(blocks.at(2).body, HasSubstr("no MAC header was there"));
}

TEST_F(Pcapng, OtherPeopleCannotReadIt) {
    written({});
    struct stat info {};
    ASSERT_EQ(stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(Pcapng, AFullDiskIsAnErrorThatNamesTheFile) {
    const auto writer = PcapngWriter::create("/dev/full", "", "");
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().os_errno, ENOSPC);
    EXPECT_THAT(writer.error().message, HasSubstr("/dev/full"));
}

TEST_F(Pcapng, HostileNamesAreEscapedInComments) {
    auto finding = martian_finding();
    finding.sentence = "\x1b[2J\xff";
    EXPECT_THAT(packet_comment(finding, martian_group()), HasSubstr("\\x1b[2J\\xff"));
}

TEST_F(Pcapng, TsharkReadsIt) {
    written({martian_sample()});
    const std::string seen = tshark();
    if (seen.find("not found") != std::string::npos) GTEST_SKIP() << "no tshark here";
    EXPECT_THAT(seen, HasSubstr("1800000000.000000000\t62\t18\tv1\tsource-local (certain)"));
}

}  // namespace
}  // namespace knowhy::render
