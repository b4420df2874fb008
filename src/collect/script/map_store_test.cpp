#include "collect/script/map_store.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "collect/script/user_probe.h"

namespace knowhy::collect {
namespace {

MapBytes bytes_of(uint64_t value) {
    MapBytes bytes(sizeof(value));
    std::memcpy(bytes.data(), &value, sizeof(value));
    return bytes;
}

uint64_t sum_of(const std::optional<MapBytes>& values) {
    uint64_t sum = 0;
    for (size_t at = 0; values && at + 8 <= values->size(); at += 8) {
        uint64_t one = 0;
        std::memcpy(&one, values->data() + at, sizeof(one));
        sum += one;
    }
    return sum;
}

const std::vector<ir::Map> kMaps = {
    {ir::Map::Kind::Hash, "plain @x", 8, 8, 2},
    {ir::Map::Kind::PerCpuHash, "counts", 8, 8, 16},
    {ir::Map::Kind::Array, "array", 4, 8, 2},
    {ir::Map::Kind::Hash, "part", 8, 8, 16},
};
constexpr uint32_t kPlain = 0;
constexpr uint32_t kCounts = 1;
constexpr uint32_t kPart = 3;

enum class Where : uint8_t { Memory, Kernel, KernelSeesAll };

// All stores, by the same rules.
class Maps : public ::testing::TestWithParam<Where> {
  protected:
    void SetUp() override {
        if (GetParam() == Where::Memory) {
            store_ = maps_in_memory(kMaps);
            return;
        }
        std::vector<std::optional<uint32_t>> parts(kMaps.size());
        if (GetParam() == Where::KernelSeesAll) parts[kCounts] = kPart;
        auto made =
            KernelMaps::create(kMaps, static_cast<uint32_t>(libbpf_num_possible_cpus()), parts);
        if (!made) GTEST_SKIP() << made.error().message;
        kernel_ = made->get();
        store_ = std::move(*made);
    }

    std::unique_ptr<MapStore> store_;
    KernelMaps* kernel_ = nullptr;
};

TEST_P(Maps, KeepWhatIsPut) {
    EXPECT_EQ(store_->get(kPlain, bytes_of(1)), std::nullopt);
    EXPECT_EQ(store_->put(kPlain, bytes_of(1), bytes_of(10), BPF_ANY), 0);
    EXPECT_EQ(store_->put(kPlain, bytes_of(1), bytes_of(11), BPF_NOEXIST), -EEXIST);
    EXPECT_EQ(store_->put(kPlain, bytes_of(2), bytes_of(20), BPF_EXIST), -ENOENT);
    EXPECT_EQ(store_->put(kPlain, bytes_of(2), bytes_of(20), BPF_NOEXIST), 0);
    EXPECT_EQ(store_->put(kPlain, bytes_of(3), bytes_of(30), BPF_ANY), -E2BIG);
    EXPECT_EQ(store_->get(kPlain, bytes_of(1)), bytes_of(10));
    EXPECT_EQ(store_->keys(kPlain).size(), 2U);
    EXPECT_EQ(store_->remove(kPlain, bytes_of(1)), 0);
    EXPECT_EQ(store_->remove(kPlain, bytes_of(1)), -ENOENT);
    EXPECT_EQ(store_->keys(kPlain), std::vector<MapBytes>{bytes_of(2)});
    EXPECT_EQ(store_->keys(2).size(), 2U);
}

TEST_P(Maps, UserSpaceAddsToWhatTheCpusCount) {
    const MapBytes key = bytes_of(7);
    if (kernel_) {
        const std::vector<uint64_t> counted(static_cast<size_t>(libbpf_num_possible_cpus()), 5);
        ASSERT_EQ(bpf_map_update_elem(kernel_->descriptors()[kCounts], key.data(), counted.data(),
                                      BPF_ANY),
                  0);
        EXPECT_EQ(store_->get(kCounts, key), bytes_of(0));
        EXPECT_EQ(store_->put(kCounts, key, bytes_of(0), BPF_NOEXIST), -EEXIST);
    }
    const uint64_t counted = sum_of(store_->all_values(kCounts, key));
    EXPECT_EQ(store_->put(kCounts, key, bytes_of(3), BPF_ANY), 0);
    EXPECT_EQ(store_->get(kCounts, key), bytes_of(3));
    if (GetParam() == Where::KernelSeesAll) {
        EXPECT_EQ(store_->get(kPart, key), bytes_of(3));
    }
    EXPECT_EQ(sum_of(store_->all_values(kCounts, key)), counted + 3);
    EXPECT_EQ(store_->keys(kCounts), std::vector<MapBytes>{key});
    EXPECT_EQ(store_->remove(kCounts, key), 0);
    EXPECT_EQ(store_->all_values(kCounts, key), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(InMemoryAndKernel, Maps,
                         ::testing::Values(Where::Memory, Where::Kernel, Where::KernelSeesAll));

// A program of one map: adds 1 to the value of key 0, which it makes where there is none.
ir::Program counting() {
    ir::Program program;
    program.maps = kMaps;
    program.buffers = {{"key", 8}, {"zero", 8}};
    ir::Function function;
    const ir::Reg value = function.add_register(ir::Type::Address);
    const ir::Place key{ir::BufferId{0}};
    ir::Block first;
    first.body = {ir::Fill{key, 8, 0}, ir::Fill{{ir::BufferId{1}}, 8, 0},
                  ir::CallHelper{std::nullopt,
                                 ir::Helper::MapUpdate,
                                 {ir::MapId{kCounts}, key, ir::Place{ir::BufferId{1}},
                                  ir::Operand{ir::Constant{BPF_NOEXIST}}}}};
    first.end = ir::Lookup{value, {kCounts}, key, {1}, {2}};
    ir::Block found;
    found.body = {ir::AtomicAdd{{value}, 8, ir::Constant{1}}};
    found.end = ir::Jump{{2}};
    ir::Block last;
    last.body = {ir::CallHelper{
        std::nullopt,
        ir::Helper::RingOutput,
        {ir::MapId{0}, key, ir::Operand{ir::Constant{8}}, ir::Operand{ir::Constant{0}}}}};
    last.end = ir::Return{ir::Constant{0}};
    function.blocks = {first, found, last};
    program.functions = {function};
    return program;
}

TEST_P(Maps, AProbeOfUserSpaceWritesThem) {
    const ir::Program program = counting();
    unsigned records = 0;
    UserProbe probe(
        program, *store_,
        [&](std::span<const uint8_t> record) {
            EXPECT_EQ(record.size(), 8U);
            ++records;
        },
        nullptr, 0);
    for (int i = 0; i < 3; ++i) {
        const auto done = probe.run();
        ASSERT_TRUE(done) << done.error().message;
    }
    EXPECT_EQ(store_->get(kCounts, bytes_of(0)), bytes_of(3));
    EXPECT_EQ(records, 3U);
}

TEST_P(Maps, ARunSeesWhatItWrote) {
    const ir::Program program = counting();
    UserProbe probe(
        program, *store_, [](std::span<const uint8_t>) {}, nullptr, 0);
    MapBytes key = bytes_of(4);
    MapBytes value = bytes_of(40);
    const auto call = [&](ir::Helper helper, std::vector<ir::CallArgument> arguments) {
        return static_cast<int64_t>(probe.call(helper, arguments));
    };
    EXPECT_EQ(probe.lookup({kPlain}, key), std::nullopt);
    EXPECT_EQ(call(ir::Helper::MapUpdate,
                   {ir::MapId{kPlain}, std::span(key), std::span(value), uint64_t{BPF_ANY}}),
              0);
    const auto seen = probe.lookup({kPlain}, key);
    ASSERT_TRUE(seen);
    EXPECT_EQ((*seen)[0], 40);
    EXPECT_EQ(call(ir::Helper::MapDelete, {ir::MapId{kPlain}, std::span(key)}), 0);
    EXPECT_EQ(probe.lookup({kPlain}, key), std::nullopt);
    EXPECT_EQ(call(ir::Helper::MapDelete, {ir::MapId{kPlain}, std::span(key)}), -ENOENT);
}

TEST(UserProbeHelpers, TellOfThisProcess) {
    const auto store = maps_in_memory(kMaps);
    const ir::Program program = counting();
    UserProbe probe(
        program, *store, [](std::span<const uint8_t>) {}, nullptr, 99);
    EXPECT_EQ(probe.call(ir::Helper::PidTgid, {}) >> 32U, static_cast<uint64_t>(::getpid()));
    EXPECT_EQ(probe.call(ir::Helper::UidGid, {}) & UINT32_MAX, ::getuid());
    EXPECT_EQ(probe.call(ir::Helper::AttachCookie, {}), 99U);
    EXPECT_GT(probe.call(ir::Helper::KtimeNs, {}), 0U);

    // A string of ours, as a pointer of user space.
    const std::string text = "hello";
    std::vector<uint8_t> to(4);
    const std::vector<ir::CallArgument> read = {std::span(to), uint64_t{to.size()},
                                                reinterpret_cast<uint64_t>(text.c_str())};
    EXPECT_EQ(probe.call(ir::Helper::ReadUserString, read), 4U);
    EXPECT_EQ(std::string(to.begin(), to.end()), std::string("hel\0", 4));
    EXPECT_EQ(static_cast<int64_t>(probe.call(ir::Helper::ReadKernel, read)), -EFAULT);
    EXPECT_EQ(to, std::vector<uint8_t>(4));
}

}  // namespace
}  // namespace knowhy::collect
