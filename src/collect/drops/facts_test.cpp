// The bookkeeping of facts.bpf.h, compiled for this machine, with the few BPF helpers it uses
// played by hand: one CPU, whose context the test sets. So an interrupt can come at any moment.
#include <gtest/gtest.h>
#include <linux/types.h>

#include <array>
#include <cstring>

namespace {
int preempt_count_now = 0;
__u64 jiffies_now = 1000;
}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Waddress"
#pragma GCC diagnostic ignored "-Wunused-function"
#define SEC(name)
#define __uint(name, value) int(*name)[value]
#define __type(name, value) value* name
#undef __always_inline
#define __always_inline inline
#define __ksym
#define __weak
#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_CORE_READ(source, field) ((source)->field)
#define bpf_this_cpu_ptr(variable) (&preempt_count_now)

static void* bpf_map_lookup_elem(void* map, const __u32* key);
static __u64 bpf_jiffies64() {
    return jiffies_now;
}
static long bpf_probe_read_kernel(void* to, __u32 size, const void* from) {
    std::memcpy(to, from, size);
    return 0;
}

#include "collect/drops/facts.bpf.h"
#pragma GCC diagnostic pop

const int __preempt_count = 0;

static std::array<kw_level, KW_LEVELS> levels;
static void* bpf_map_lookup_elem(void*, const __u32* key) {
    return *key < levels.size() ? &levels[*key] : nullptr;
}

namespace {

constexpr int kTask = 0;
constexpr int kSoftirq = 0x100;
constexpr int kHardirq = 0x10000;
constexpr int kBottomHalvesOff = 0x200;  // a task that holds off softirqs is still a task

// A packet with headers of its own.
struct Packet {
    explicit Packet(unsigned char mark) {
        bytes.fill(mark);
        skb.head = bytes.data();
        skb.network_header = 14;
        skb.protocol = 8;
    }
    [[nodiscard]] __u64 address() const { return reinterpret_cast<__u64>(&skb); }
    // Another packet in the same memory.
    void recycle(unsigned char mark) { bytes.fill(mark); }

    std::array<unsigned char, 128> bytes{};
    sk_buff skb{};
};

class Facts : public ::testing::Test {
  protected:
    void SetUp() override {
        levels = {};
        preempt_count_now = kTask;
        jiffies_now = 1000;
    }
    static void decide(const Packet& packet, kw_point point, __s64 value, bool hands_on = false) {
        kw_decided(packet.address(), point, value, hands_on);
    }
    static void enter(const Packet& packet, kw_point point) {
        kw_entered(kw_slot_of(packet.address()), point);
    }
    // What the free of this packet takes: the decider's value; 0 for nothing.
    static __s64 value_at_free(const Packet& packet) {
        kw_slot* slot = kw_facts_at_free(packet.address());
        if (!slot || !slot->decider) return 0;
        const __s64 value = slot->value;
        slot->skb = 0;
        return value;
    }
};

TEST_F(Facts, AFreeTakesWhatItsPacketLeft) {
    const Packet packet(1);
    decide(packet, KW_P_fib_validate_source, -22);
    EXPECT_EQ(value_at_free(packet), -22);
    EXPECT_EQ(value_at_free(packet), 0);
}

TEST_F(Facts, ASoftirqInTheMiddleOfATaskSwapsNothing) {
    const Packet sent(1);
    const Packet received(2);
    decide(sent, KW_P_dev_qdisc_enqueue, 2);
    preempt_count_now = kSoftirq;
    decide(received, KW_P_fib_validate_source, -22);
    EXPECT_EQ(value_at_free(sent), 0);
    EXPECT_EQ(value_at_free(received), -22);
    preempt_count_now = kBottomHalvesOff;
    EXPECT_EQ(value_at_free(received), 0);
    EXPECT_EQ(value_at_free(sent), 2);
}

TEST_F(Facts, EveryLevelHasItsOwn) {
    const Packet packet(1);
    __s64 value = -1;
    for (const int context : {kTask, kSoftirq, kHardirq, 0x100000}) {
        preempt_count_now = context;
        decide(packet, KW_P_tcf_classify, value--);
    }
    value = -4;
    for (const int context : {0x100000, kHardirq, kSoftirq, kTask}) {
        preempt_count_now = context;
        EXPECT_EQ(value_at_free(packet), value++);
    }
}

TEST_F(Facts, APacketSentWhileAnotherIsHandledSwapsNothing) {
    const Packet dropped(1);
    const Packet reject(2);
    enter(dropped, KW_P_nf_hook_slow);
    decide(dropped, KW_P_nft_immediate_eval, -7);
    enter(reject, KW_P_nf_hook_slow);
    decide(reject, KW_P_dev_qdisc_enqueue, 1);
    EXPECT_EQ(value_at_free(reject), 1);
    kw_slot* slot = kw_facts_at_free(dropped.address());
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(slot->value, -7);
    EXPECT_TRUE(slot->present & (1U << KW_P_nf_hook_slow));
}

TEST_F(Facts, TheNextPacketAtTheAddressInheritsNothing) {
    Packet packet(1);
    decide(packet, KW_P_fib_validate_source, -18);
    packet.recycle(2);
    EXPECT_EQ(value_at_free(packet), 0);
}

TEST_F(Facts, TheNextPacketAtTheAddressBeginsAnew) {
    Packet packet(1);
    decide(packet, KW_P_fib_validate_source, -18);
    packet.recycle(2);
    decide(packet, KW_P_sk_filter_trim_cap, -1);
    kw_slot* slot = kw_facts_at_free(packet.address());
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(slot->decider, KW_P_sk_filter_trim_cap);
    EXPECT_FALSE(slot->present & (1U << KW_P_fib_validate_source));
}

TEST_F(Facts, WhatIsOldIsNotTaken) {
    const Packet packet(1);
    decide(packet, KW_P_fib_validate_source, -22);
    jiffies_now += KW_FRESH_JIFFIES;
    EXPECT_EQ(value_at_free(packet), 0);
}

TEST_F(Facts, TheDeepestOfThoseThatAgreeDecides) {
    const Packet packet(1);
    decide(packet, KW_P_fib_validate_source, -22);
    decide(packet, KW_P_ip_route_input_slow, -22, true);
    decide(packet, KW_P_ip_route_input_noref, -22, true);
    kw_slot* slot = kw_facts_at_free(packet.address());
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(slot->decider, KW_P_fib_validate_source);
    EXPECT_EQ(slot->facts[KW_P_fib_validate_source].order, 1);
    EXPECT_EQ(slot->facts[KW_P_ip_route_input_noref].order, 3);
}

TEST_F(Facts, OneThatSaysSomethingElseDecidesItself) {
    const Packet packet(1);
    decide(packet, KW_P_ip_route_input_slow, -22, true);
    EXPECT_EQ(kw_facts_at_free(packet.address())->decider, KW_P_ip_route_input_slow);
    decide(packet, KW_P_ip_route_input_noref, -18, true);
    EXPECT_EQ(kw_facts_at_free(packet.address())->decider, KW_P_ip_route_input_noref);
}

TEST_F(Facts, AReturnWithoutItsPacketGoesToTheOneAroundIt) {
    const Packet packet(1);
    const Packet other(2);
    kw_decided_early(KW_P_fib_validate_source, -22);
    preempt_count_now = kSoftirq;
    EXPECT_EQ(value_at_free(other), 0);
    preempt_count_now = kTask;
    decide(packet, KW_P_ip_route_input_noref, -22, true);
    EXPECT_EQ(value_at_free(other), 0);
    kw_slot* slot = kw_facts_at_free(packet.address());
    ASSERT_NE(slot, nullptr);
    EXPECT_EQ(slot->decider, KW_P_fib_validate_source);
    EXPECT_EQ(slot->facts[KW_P_fib_validate_source].order, 1);
    EXPECT_EQ(slot->facts[KW_P_ip_route_input_noref].order, 2);
}

TEST_F(Facts, AReturnThatNothingEnclosesGoesToTheNextFree) {
    const Packet packet(1);
    kw_decided_early(KW_P_fib_validate_source, -18);
    EXPECT_EQ(value_at_free(packet), -18);
    EXPECT_EQ(value_at_free(packet), 0);
}

TEST_F(Facts, ACopyIsKnownByItsHeaders) {
    const Packet original(1);
    Packet copy(1);
    copy.skb.head = original.skb.head;
    const Packet other(2);
    kw_copied(copy.address(), KW_P_raw_local_deliver);
    EXPECT_EQ(value_at_free(other), 0);
    EXPECT_EQ(value_at_free(original), 1);
    EXPECT_EQ(value_at_free(original), 0);
}

TEST_F(Facts, ManyPacketsPushOutTheOldest) {
    const std::array<Packet, KW_SLOTS + 1> packets = {Packet(1), Packet(2), Packet(3), Packet(4),
                                                      Packet(5)};
    __s64 value = -1;
    for (const Packet& packet : packets) decide(packet, KW_P_tcf_classify, value--);
    EXPECT_EQ(value_at_free(packets[0]), 0);
    for (size_t i = 1; i < packets.size(); ++i)
        EXPECT_EQ(value_at_free(packets[i]), -1 - static_cast<__s64>(i));
}

}  // namespace
