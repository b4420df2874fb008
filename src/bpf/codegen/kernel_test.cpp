// The two back ends against each other and against libpcap: generated filters over generated
// packets, and generated programs that use all of the IR.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>

#include "bpf/codegen/codegen.h"
#include "bpf/codegen/kernel_runner.h"
#include "bpf/codegen/program_gen.h"
#include "bpf/insn/print.h"
#include "ir/interp.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "pcap/expression_gen.h"
#include "pcap/packet_gen.h"
#include "pcap/reference.h"

namespace knowhy::bpf {
namespace {

constexpr int kPackets = 20;

class Kernel : public ::testing::Test {
  protected:
    void SetUp() override {
        setenv("RC_PARAMS", "max_success=1000", 0);
        if (!runner_.usable()) GTEST_SKIP() << "running BPF programs needs root";
    }

    void load(const std::vector<Insn>& filter) {
        if (!runner_.load(filter)) RC_FAIL("refused by the verifier:\n" + runner_.log());
    }

    KernelRunner runner_;
};

TEST_F(Kernel, FiltersAgreeWithLibpcapPacketByPacket) {
    const auto property = [this] {
        using pcap::Link;
        const Link link = *rc::gen::element(Link::Ethernet, Link::RawIp);
        const std::string text = *pcap::expression(2);
        const auto program = pcap::compile(text, link);
        const auto reference = pcap::Reference::compile(text, link);
        RC_CLASSIFY(!program.has_value(), "refused");
        if (!program || !reference) return;
        load(generate_filter(*program).value());
        bool matched = false;
        bool beyond = false;
        pcap::PacketGen packets(*rc::gen::arbitrary<uint64_t>());
        for (int i = 0; i < kPackets; ++i) {
            const std::vector<uint8_t> packet = packets.packet(link);
            const auto length = static_cast<uint32_t>(packet.size());
            const std::span<const uint8_t> all(packet);
            const size_t snap =
                packets.below(3) == 0 ? packets.below(KNOWHY_FILTER_SNAP) : KNOWHY_FILTER_SNAP;
            const auto copy = all.first(std::min<size_t>(snap, length));
            const uint32_t answer = runner_.run(copy, length);
            matched = matched || answer == ir::kMatch;
            beyond = beyond || answer == ir::kBeyondCopy;
            RC_ASSERT(answer == ir::run(*program, {copy, length}).value());
            if (answer == ir::kBeyondCopy)
                RC_ASSERT(!reference->matches(copy, length));
            else
                RC_ASSERT(answer == (reference->matches(all, length) ? ir::kMatch : ir::kNoMatch));
        }
        RC_CLASSIFY(matched, "some packet matched");
        RC_CLASSIFY(beyond, "some answer lay beyond the copy");
    };
    EXPECT_TRUE(rc::check("libpcap, the interpreter and the kernel agree", property));
}

TEST_F(Kernel, ProgramsAgreeWithTheInterpreter) {
    const auto property = [this] {
        ProgramGen programs(*rc::gen::arbitrary<uint64_t>());
        const ir::Function program = programs.program();
        RC_LOG() << ir::to_text(program);
        RC_ASSERT(ir::verify(program).has_value());
        const auto filter = generate_filter(program);
        RC_ASSERT(filter.has_value());
        RC_LOG() << to_text(*filter);
        load(*filter);
        for (int i = 0; i < kPackets; ++i) {
            const std::vector<uint8_t> packet = programs.bytes(i * 16);
            const auto length = static_cast<uint32_t>(packet.size());
            const auto copy = std::span(packet).first(
                programs.below(std::min<size_t>(length, KNOWHY_FILTER_SNAP) + 1));
            RC_ASSERT(runner_.run(copy, length) == ir::run(program, {copy, length}).value());
        }
    };
    EXPECT_TRUE(rc::check("the interpreter and the kernel agree", property));
}

}  // namespace
}  // namespace knowhy::bpf
