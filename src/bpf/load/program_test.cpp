// Whole programs in the kernel: what is generated loads, and does what the interpreter does.
#include "bpf/load/program.h"

#include <gmock/gmock.h>

#include <fmt/ranges.h>

#include <cstdlib>
#include <set>

#include "bpf/insn/print.h"
#include "bpf/load/program_runner.h"
#include "bpf/load/verifier_log.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace knowhy::bpf {
namespace {

using ::testing::HasSubstr;

uint64_t from_environment(const char* name, uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::strtoull(value, nullptr, 0) : otherwise;
}

std::string described(const ir::Program& program, const GeneratedProgram& generated) {
    return ir::to_text(program) + to_text(generated.insns);
}

// The first byte that differs, where both have the same keys.
std::string difference(const ir::MemoryEnvironment::Contents& seen,
                       const ir::MemoryEnvironment::Contents& expected) {
    for (const auto& [key, value] : expected) {
        const auto found = seen.find(key);
        if (found == seen.end()) return fmt::format("no key {:02x}\n", fmt::join(key, ""));
        for (size_t i = 0; i < value.size(); ++i)
            if (value[i] != found->second[i])
                return fmt::format("key {:02x}, byte {}: {:#x}, not {:#x}\n", fmt::join(key, ""), i,
                                   found->second[i], value[i]);
    }
    return fmt::format("{} keys, not {}\n", seen.size(), expected.size());
}

class RandomPrograms : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!runner_.usable()) GTEST_SKIP() << "running BPF programs needs root";
    }

    // The error is what there is to say of a program on which the two disagree.
    Status compare(uint64_t seed) {
        Choices choices(seed);
        const ir::Program program =
            RandomProgram(choices, runner_.user_address(), ProgramRunner::kUserBytes).make();
        KW_CHECK_OK(ir::verify(program));
        KW_TRY(const auto generated, generate(program, ProgramKind::Untyped));
        const auto loaded = runner_.load(generated);
        const std::string text = described(program, generated);
        if (!loaded)
            return fail(
                ErrorKind::Internal, "{}\n{}{}", loaded.error().error.message, text,
                loaded.error().log.substr(loaded.error().log.size() -
                                          std::min<size_t>(4000, loaded.error().log.size())));
        if (!runner_.load(generated, BPF_PROG_TYPE_KPROBE))
            return fail(ErrorKind::Internal, "not as a kprobe\n{}", text);
        KW_TRY(const Outcome expected, runner_.interpret(program));
        const Outcome seen = runner_.run(*loaded);
        if (seen.result != expected.result)
            return fail(ErrorKind::Internal, "{:#x}, not {:#x}\n{}", seen.result, expected.result,
                        text);
        for (size_t i = 0; i < seen.maps.size(); ++i)
            if (seen.maps[i] != expected.maps[i])
                return fail(ErrorKind::Internal, "map @{} differs\n{}{}", i,
                            difference(seen.maps[i], expected.maps[i]), text);
        return {};
    }

    ProgramRunner runner_;
};

// What programs are made of, by the names of the printed form's parts.
std::set<std::string> parts_of(const ir::Program& program) {
    std::set<std::string> parts;
    for (const ir::Function& function : program.functions)
        for (const ir::Block& block : function.blocks) {
            for (const ir::Instruction& instruction : block.body) {
                parts.insert(fmt::format("instruction {}", instruction.index()));
                if (const auto* call = std::get_if<ir::CallHelper>(&instruction))
                    parts.emplace(ir::info_of(call->helper).name);
                if (const auto* compute = std::get_if<ir::Compute>(&instruction))
                    parts.emplace(ir::to_text(compute->op));
            }
            parts.insert(fmt::format("terminator {}", block.end.index()));
        }
    return parts;
}

TEST(RandomProgramsAlone, AreMadeOfEverything) {
    constexpr size_t kInstructions = std::variant_size_v<ir::Instruction> - 1;  // no PacketLength
    constexpr size_t kTerminators = std::variant_size_v<ir::Terminator> - 1;    // no LoadPacket
    constexpr size_t kOperations = 13;
    constexpr size_t kUsedHelpers = 8;
    std::set<std::string> parts;
    size_t on_stack = 0;
    size_t spilled = 0;
    for (uint64_t seed = 1; seed <= 300; ++seed) {
        Choices choices(seed);
        const ir::Program program = RandomProgram(choices, 4096, 4096).make();
        parts.merge(parts_of(program));
        uint32_t buffers = 0;
        for (const ir::Buffer& buffer : program.buffers) buffers += buffer.bytes;
        const uint32_t scratch = generate(program, ProgramKind::Untyped).value().scratch_bytes;
        on_stack += scratch + 8 < buffers ? 1 : 0;
        spilled += scratch > buffers ? 1 : 0;
    }
    EXPECT_EQ(parts.size(), kInstructions + kTerminators + kOperations + kUsedHelpers);
    EXPECT_GT(on_stack, 30U);
    EXPECT_GT(spilled, 10U);
}

TEST_F(RandomPrograms, AgreeWithTheInterpreter) {
    const uint64_t first = from_environment("KNOWHY_SEED", 1);
    const uint64_t count = from_environment("KNOWHY_PROGRAMS", 300);
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const Status status = compare(seed);
        ASSERT_TRUE(status.has_value())
            << status.error().message << "\nagain: KNOWHY_SEED=" << seed << " KNOWHY_PROGRAMS=1";
    }
}

// --- loading ---

class Loading : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!create_map({ir::Map::Kind::Array, "one", 4, 4, 1}))
            GTEST_SKIP() << "loading BPF programs needs root";
    }

    static ir::Program program_of(std::vector<ir::Block> blocks) {
        ir::Function function;
        function.name = "on event";
        function.registers = {ir::Type::U64, ir::Type::U64};
        function.blocks = std::move(blocks);
        ir::Program program;
        program.functions = {function};
        return program;
    }

    static tl::expected<LoadedProgram, ProgramRefusal> load(
        const ir::Program& program, ProgramRequest request,
        ProgramKind kind = ProgramKind::Untyped) {
        EXPECT_TRUE(ir::verify(program).has_value());
        request.name = "a program";
        return load_program(generate(program, kind).value(), request);
    }
};

TEST_F(Loading, ARefusalSaysWhyAndWhere) {
    const ir::Program endless = program_of(
        {{{ir::At{42}, ir::CallHelper{ir::Reg{0}, ir::Helper::KtimeNs, {}}}, ir::Jump{{0}}}});
    const auto loaded = load(endless, {"", BPF_PROG_TYPE_RAW_TRACEPOINT});
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().error.kind, ErrorKind::Unsupported);
    EXPECT_EQ(loaded.error().error.message,
              "a program is refused by the kernel: the kernel cannot see that a loop ends");
    EXPECT_EQ(loaded.error().source, 42U);
    EXPECT_THAT(loaded.error().log, HasSubstr("loop"));
}

TEST_F(Loading, AFieldThatIsNotPassedIsSaidSo) {
    const ir::Program beyond = program_of(
        {{{ir::At{1}, ir::LoadContext{{0}, 8, 8}, ir::At{2}, ir::LoadContext{{1}, 4096, 8},
           ir::Compute{ir::Op::Add, {0}, ir::Reg{0}, ir::Reg{1}}},
          ir::Branch{ir::Compare::Equal, {0}, ir::Constant{0}, {1}, {2}}},
         {{}, ir::Return{ir::Constant{0}}},
         {{}, ir::Return{ir::Constant{1}}}});
    const auto loaded = load(beyond, {"", BPF_PROG_TYPE_RAW_TRACEPOINT});
    ASSERT_FALSE(loaded.has_value());
    EXPECT_THAT(loaded.error().error.message, HasSubstr("does not pass such a field"));
    EXPECT_EQ(loaded.error().source, 2U);
}

TEST_F(Loading, TheKernelKeepsTheSourceLines) {
    ProgramRequest request{"", BPF_PROG_TYPE_RAW_TRACEPOINT};
    request.source = [](uint32_t source) { return SourceLine{"script.bt", "a line", source, 5}; };
    const auto loaded = load(
        program_of(
            {{{ir::At{7},
               ir::CallHelper{ir::Reg{0}, ir::Helper::SendSignal, {ir::Operand(ir::Constant{0})}},
               ir::At{8}},
              ir::Return{ir::Constant{0}}}}),
        request);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().log;
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    ASSERT_EQ(bpf_obj_get_info_by_fd(loaded->program.get(), &info, &size), 0);
    EXPECT_EQ(info.nr_line_info, 2U);
    EXPECT_STREQ(info.name, "a_program");
}

TEST_F(Loading, TypedContextsGiveNumbersAndPointers) {
    const int id = libbpf_find_vmlinux_btf_id("kfree_skb", BPF_TRACE_RAW_TP);
    if (id <= 0) GTEST_SKIP() << "no types of this kernel";
    ir::Program program =
        program_of({{{ir::LoadContext{{0}, 0, 8}, ir::LoadContext{{1}, 8, 8},
                      ir::Compute{ir::Op::Xor, {0}, ir::Reg{0}, ir::Reg{1}},
                      ir::Store{{ir::BufferId{0}}, 8, ir::Reg{0}},
                      ir::CallHelper{{},
                                     ir::Helper::SkbOutput,
                                     {ir::ContextField{0}, ir::MapId{0},
                                      ir::Operand(ir::Constant{BPF_F_CURRENT_CPU}),
                                      ir::Place{ir::BufferId{0}}, ir::Operand(ir::Constant{8})}}},
                     ir::Return{ir::Constant{1}}}});
    program.buffers = {{"record", 8}};
    program.maps = {{ir::Map::Kind::PerfEventArray, "events"}};
    const auto events = create_map(program.maps[0]);
    ASSERT_TRUE(events.has_value());
    ProgramRequest request{"", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP};
    request.attach_btf_id = static_cast<uint32_t>(id);
    request.maps = {events->get()};
    const auto loaded = load(program, request, ProgramKind::Typed);
    EXPECT_TRUE(loaded.has_value()) << loaded.error().error.message << loaded.error().log;
}

TEST_F(Loading, MapsOfEveryKind) {
    using Kind = ir::Map::Kind;
    for (const Kind kind :
         {Kind::Hash, Kind::LruHash, Kind::PerCpuHash, Kind::LruPerCpuHash, Kind::Array,
          Kind::PerCpuArray, Kind::RingBuffer, Kind::StackTrace, Kind::PerfEventArray}) {
        const bool has_values = kind != Kind::StackTrace && kind != Kind::PerfEventArray;
        const auto map = create_map(
            {kind, "map", 4, has_values ? 8U : 0U, kind == Kind::PerfEventArray ? 0U : 4096U});
        EXPECT_TRUE(map.has_value()) << ir::to_text(kind) << map.error().message;
    }
}

}  // namespace
}  // namespace knowhy::bpf
