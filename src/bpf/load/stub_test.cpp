#include "bpf/load/stub.h"

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "bpf/codegen/codegen.h"
#include "bpf/codegen/filter_abi.h"
#include "ir/interp.h"
#include "pcap/filter.h"
#include "pcap/packet_gen.h"
#include "stub_test.skel.h"

namespace knowhy::bpf {
namespace {

using ::testing::HasSubstr;

std::vector<std::byte> test_object() {
    size_t size = 0;
    const void* bytes = stub_test_bpf__elf_bytes(&size);
    std::vector<std::byte> object(size);
    std::memcpy(object.data(), bytes, size);
    return object;
}

std::vector<Insn> returns_byte(int16_t offset) {
    return {load(Size::U8, r0, r1, offset), exit_program()};
}

// The whole way: patched bytes, libbpf, the kernel's verifier, one run.
class LoadedObject {
  public:
    explicit LoadedObject(std::vector<std::byte> bytes, bool filtering = true)
        : bytes_(std::move(bytes)), object_(new stub_test_bpf{}) {
        if (stub_test_bpf__create_skeleton(object_) != 0) return;
        object_->skeleton->data = bytes_.data();
        object_->skeleton->data_sz = bytes_.size();
        if (bpf_object__open_skeleton(object_->skeleton, nullptr) != 0) return;
        object_->rodata->filtering = filtering ? 1 : 0;
        loaded_ = stub_test_bpf__load(object_) == 0;
    }
    LoadedObject(const LoadedObject&) = delete;
    LoadedObject& operator=(const LoadedObject&) = delete;
    ~LoadedObject() { stub_test_bpf__destroy(object_); }

    [[nodiscard]] bool loaded() const { return loaded_; }

    [[nodiscard]] uint32_t judge(bool has_mac, std::span<const uint8_t> packet) const {
        struct Value {
            uint32_t caplen, wirelen, has_mac;
            uint8_t data[KNOWHY_FILTER_SNAP];
            uint8_t padding[4];  // a per-CPU value's stride is a multiple of 8
        };
        static_assert(sizeof(Value) % 8 == 0);
        Value value{};
        value.wirelen = static_cast<uint32_t>(packet.size());
        value.caplen = std::min<uint32_t>(value.wirelen, KNOWHY_FILTER_SNAP);
        value.has_mac = has_mac ? 1 : 0;
        std::copy_n(packet.begin(), value.caplen, value.data);
        const std::vector<Value> on_each_cpu(libbpf_num_possible_cpus(), value);
        const uint32_t zero = 0;
        if (bpf_map_update_elem(bpf_map__fd(object_->maps.packets), &zero, on_each_cpu.data(), 0) !=
            0)
            return UINT32_MAX;
        bpf_test_run_opts opts{};
        opts.sz = sizeof(opts);
        if (bpf_prog_test_run_opts(bpf_program__fd(object_->progs.judge), &opts) != 0)
            return UINT32_MAX;
        return opts.retval;
    }

  private:
    std::vector<std::byte> bytes_;
    stub_test_bpf* object_;
    bool loaded_ = false;
};

TEST(Stub, RefusesWhatIsNoStubAndWhatDoesNotFit) {
    const std::vector<std::byte> object = test_object();
    const auto error = [&](std::string_view stub, const std::vector<Insn>& program) {
        const auto patched = patch_stub(object, stub, program);
        return patched ? "patched" : patched.error().message;
    };
    EXPECT_THAT(error("no_such", returns_byte(0)), HasSubstr("no function no_such"));
    EXPECT_THAT(error("judge", returns_byte(0)), HasSubstr("no filter stub"));
    EXPECT_THAT(error("filter_ip", {}), HasSubstr("only exit"));
    EXPECT_THAT(error("filter_ip", {exit_program(), exit_program()}), HasSubstr("only exit"));
    EXPECT_THAT(error("filter_ip", {jump(1), exit_program()}), HasSubstr("leaves the program"));
    EXPECT_THAT(error("filter_ip", {jump(-2), exit_program()}), HasSubstr("leaves the program"));
    const auto [low, high] = wide(r0, 1);
    EXPECT_THAT(error("filter_ip", {low, high, exit_program()}), HasSubstr("16 bytes"));

    std::vector<Insn> largest(stub_capacity(), jump(0));
    largest.back() = exit_program();
    EXPECT_EQ(error("filter_ip", largest), "patched");
    largest.insert(largest.begin(), jump(0));
    EXPECT_THAT(error("filter_ip", largest),
                HasSubstr("needs 2047 BPF instructions, 2046 is the limit"));
}

TEST(Stub, BytesThatAreNoObjectAreAnError) {
    std::vector<std::byte> object = test_object();
    object.resize(object.size() / 2);
    EXPECT_FALSE(patch_stub(object, "filter_ip", returns_byte(0)).has_value());
    EXPECT_FALSE(patch_stub({}, "filter_ip", returns_byte(0)).has_value());
}

TEST(Stub, ChangesTheOneFunctionAndNoLength) {
    const std::vector<std::byte> object = test_object();
    const auto patched = patch_stub(object, "filter_ip", returns_byte(0));
    ASSERT_TRUE(patched.has_value());
    ASSERT_EQ(patched->size(), object.size());
    const auto [first, unused] = std::ranges::mismatch(object, *patched);
    const auto changed = first - object.begin();
    const auto after = changed + KNOWHY_FILTER_STUB_INSNS * 8;
    EXPECT_TRUE(std::equal(object.begin() + after, object.end(), patched->begin() + after));
    // A patched stub is a stub no more.
    EXPECT_FALSE(patch_stub(*patched, "filter_ip", returns_byte(0)).has_value());
    EXPECT_TRUE(patch_stub(*patched, "filter_ether", returns_byte(0)).has_value());
}

TEST(Stub, EachFilterAnswersForItsPackets) {
    if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
    const auto half = patch_stub(test_object(), "filter_ether", returns_byte(0));
    ASSERT_TRUE(half.has_value());
    const auto both = patch_stub(*half, "filter_ip", returns_byte(127));
    ASSERT_TRUE(both.has_value());
    const LoadedObject object(*both);
    ASSERT_TRUE(object.loaded());
    std::vector<uint8_t> packet(200);
    packet[0] = 11;
    packet[127] = 22;
    EXPECT_EQ(object.judge(true, packet), 11U);
    EXPECT_EQ(object.judge(false, packet), 22U);
}

TEST(Stub, UnpatchedOrNotAskedItMatches) {
    if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
    const std::vector<uint8_t> packet(64);
    for (const bool filtering : {false, true}) {
        const LoadedObject object(test_object(), filtering);
        ASSERT_TRUE(object.loaded());
        EXPECT_EQ(object.judge(true, packet), KNOWHY_FILTER_MATCH);
        EXPECT_EQ(object.judge(false, packet), KNOWHY_FILTER_MATCH);
    }
}

// Both programs of a filter, in their stubs.
Result<std::vector<std::byte>> patched_with(const std::string& expression) {
    KW_TRY(const auto filter, pcap::compile_both(expression));
    KW_TRY(const auto ethernet, generate_filter(filter.ethernet));
    KW_TRY(const auto raw_ip, generate_filter(filter.raw_ip));
    KW_TRY(const auto half, patch_stub(test_object(), "filter_ether", ethernet));
    return patch_stub(half, "filter_ip", raw_ip);
}

std::string from_any_of(int count) {
    std::string expression = "src net 10.0.0.0/24";
    for (int i = 1; i < count; ++i)
        expression += fmt::format(" or src net 10.{}.{}.0/24", i / 256, i % 256);
    return expression;
}

TEST(Stub, FiltersAnswerThroughTheObjectAsInUserSpace) {
    if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
    for (const std::string expression :
         {"", "ip", "not ip", "arp or icmp", "tcp port 80", "udp and not port 53",
          "net 10.0.1.0/24", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "ip6 and udp",
          "vlan 100 and ip", "len > 100", "ether host 02:00:00:00:00:01", "udp[8:4] = 0x12345678",
          "icmp[icmptype] = 3", "ip[2:2] - ((ip[0] & 0xf) << 2) > 100", "portrange 50-100", "sctp",
          "geneve"}) {
        SCOPED_TRACE(expression);
        const auto bytes = patched_with(expression);
        ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
        const LoadedObject object(*bytes);
        ASSERT_TRUE(object.loaded());
        const auto filter = pcap::compile_both(expression);
        pcap::PacketGen packets(1);
        for (int i = 0; i < 200; ++i) {
            const bool has_mac = i % 2 == 0;
            const auto packet = packets.packet(has_mac ? pcap::Link::Ethernet : pcap::Link::RawIp);
            const auto length = static_cast<uint32_t>(packet.size());
            const auto copy = std::span(packet).first(std::min<size_t>(length, KNOWHY_FILTER_SNAP));
            const auto& program = has_mac ? filter->ethernet : filter->raw_ip;
            ASSERT_EQ(object.judge(has_mac, packet), ir::run(program, {copy, length}).value());
        }
    }
}

TEST(Stub, LongListsLoadAndLongerOnesAreRefused) {
    if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
    const auto bytes = patched_with(from_any_of(200));
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
    const LoadedObject object(*bytes);
    ASSERT_TRUE(object.loaded());
    std::vector<uint8_t> packet(20);
    packet[0] = 0x45;
    const std::vector<uint8_t> in_the_last_net = {10, 0, 199, 1};
    std::ranges::copy(in_the_last_net, packet.begin() + 12);
    EXPECT_EQ(object.judge(false, packet), KNOWHY_FILTER_MATCH);
    packet[14] = 200;
    EXPECT_EQ(object.judge(false, packet), KNOWHY_FILTER_NO_MATCH);

    EXPECT_THAT(patched_with(from_any_of(256)).error().message, HasSubstr("2046 is the limit"));
}

TEST(Stub, TheVerifierStillGuardsTheCopy) {
    if (geteuid() != 0) GTEST_SKIP() << "loading BPF programs needs root";
    const auto outside = patch_stub(test_object(), "filter_ip", returns_byte(4096));
    ASSERT_TRUE(outside.has_value());
    libbpf_set_print(nullptr);
    EXPECT_FALSE(LoadedObject(*outside).loaded());
}

}  // namespace
}  // namespace knowhy::bpf
