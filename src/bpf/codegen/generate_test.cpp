// Whole programs as instructions. That they do what they say, bpf/load tests in the kernel.
#include <gmock/gmock.h>

#include "bpf/codegen/program.h"
#include "bpf/insn/print.h"
#include "ir/verify.h"

namespace knowhy::bpf {
namespace {

using ir::Constant;
using ir::Place;
using ir::Reg;
using ir::Type;
using ::testing::HasSubstr;
using ::testing::Not;

ir::Function function_of(std::vector<Type> registers, std::vector<ir::Block> blocks) {
    ir::Function function;
    function.name = "f";
    function.registers = std::move(registers);
    function.blocks = std::move(blocks);
    return function;
}

GeneratedProgram generated(const ir::Program& program, ProgramKind kind = ProgramKind::Untyped) {
    const auto verified = ir::verify(program);
    EXPECT_TRUE(verified.has_value()) << verified.error().message;
    return generate(program, kind).value();
}

std::string refusal(const ir::Program& program) {
    const auto result = generate(program, ProgramKind::Untyped);
    return result ? "" : result.error().message;
}

// @[pid] = count()
ir::Program count_by_pid() {
    const Reg task{0}, element{1}, count{2};
    const ir::BufferId key{0}, one{1};
    const ir::MapId counts{0};
    ir::Program program;
    program.maps = {{ir::Map::Kind::PerCpuHash, "counts", 8, 8, 4096}};
    program.buffers = {{"key", 8}, {"one", 8}};
    program.functions = {function_of(
        {Type::U64, Type::Address, Type::U64},
        {{{ir::CallHelper{task, ir::Helper::PidTgid, {}},
           ir::Compute{ir::Op::ShiftRight, task, task, Constant{32}}, ir::Store{{key}, 8, task}},
          ir::Lookup{element, counts, {key}, {1}, {2}}},
         {{ir::Load{count, {element}, 8}, ir::Compute{ir::Op::Add, count, count, Constant{1}},
           ir::Store{{element}, 8, count}},
          ir::Jump{{3}}},
         {{ir::Store{{one}, 8, Constant{1}},
           ir::CallHelper{{},
                          ir::Helper::MapUpdate,
                          {counts, Place{key}, Place{one}, ir::Operand(Constant{0})}}},
          ir::Jump{{3}}},
         {{}, ir::Return{Constant{0}}}})};
    return program;
}

TEST(Generate, ACountNeedsNoScratch) {
    const GeneratedProgram program = generated(count_by_pid());
    EXPECT_EQ(program.scratch_bytes, 0U);
    EXPECT_EQ(to_text(program.insns), R"(0: *(u64 *)(r10 - 16) = 0
1: *(u64 *)(r10 - 8) = 0
2: call 14
3: r3 = r0
4: r3 >>= 32
5: *(u64 *)(r10 - 16) = r3
6: r2 = r10
7: r2 += -16
8: r1 = 0 ll pseudo 1
9: .slot 0x0000000000000000
10: call 1
11: if r0 == 0 goto +5
12: r3 = r0
13: r4 = *(u64 *)(r3 + 0)
14: r4 += 1
15: *(u64 *)(r3 + 0) = r4
16: goto +9
17: *(u64 *)(r10 - 8) = 1
18: r1 = 0 ll pseudo 1
19: .slot 0x0000000000000000
20: r2 = r10
21: r2 += -16
22: r3 = r10
23: r3 += -8
24: r4 = 0
25: call 2
26: r0 = 0
27: exit
)");
}

TEST(Generate, TypedPointersBecomeNumbersThroughMemory) {
    ir::Program program;
    program.functions = {function_of(
        {Type::U64}, {{{ir::LoadContext{{0}, 8, 8}, ir::Compute{ir::Op::Add, {0}, Reg{0}, Reg{0}}},
                       ir::Return{Constant{5}}}})};
    EXPECT_EQ(generated(program, ProgramKind::Untyped).scratch_bytes, 0U);
    const GeneratedProgram typed = generated(program, ProgramKind::Typed);
    EXPECT_EQ(typed.scratch_bytes, 0U) << "nobody reads it";
    program.functions[0].result = Type::U64;
    program.functions[0].blocks[0].end = ir::Return{Reg{0}};
    EXPECT_EQ(generated(program, ProgramKind::Typed).scratch_bytes, 8U);
}

// A function that calls the next one, and so on: `count` of them.
ir::Program chain(uint32_t count) {
    ir::Program program;
    for (uint32_t i = 0; i < count; ++i) {
        ir::Block block{{}, ir::Return{Constant{i}}};
        if (i + 1 < count) block.body.emplace_back(ir::CallFunction{{}, {i + 1}, {}});
        program.functions.push_back(function_of({}, {block}));
    }
    return program;
}

TEST(Generate, FunctionsInEachOtherAreLimited) {
    EXPECT_EQ(refusal(chain(8)), "");
    EXPECT_EQ(generated(chain(8)).functions.size(), 8U);
    EXPECT_THAT(refusal(chain(9)), HasSubstr("9 functions in each other, 8 is the most"));
}

TEST(Generate, BuffersAreLimited) {
    ir::Program program = chain(1);
    program.buffers = {{"large", 32U << 10U}};
    const auto fill = [&](uint32_t bytes) {
        program.buffers[0].bytes = bytes;
        program.functions[0].blocks[0].body = {ir::Fill{{ir::BufferId{0}}, bytes, 0}};
        return refusal(program);
    };
    EXPECT_EQ(fill(32U << 10U), "");
    EXPECT_THAT(fill((32U << 10U) + 1), HasSubstr("32776 bytes of buffers, 32768 is the most"));
}

TEST(Generate, APacketIsForFilters) {
    ir::Program program = chain(1);
    program.functions[0].registers = {Type::U32};
    program.functions[0].blocks[0].body = {ir::PacketLength{{0}}};
    EXPECT_THAT(refusal(program), HasSubstr("only a filter"));
}

TEST(Generate, AnOrderIsForTheInterpreter) {
    ir::Program program = chain(2);
    program.maps = {{ir::Map::Kind::Hash, "array", 8, 8, 16}};
    program.functions[1].registers = {Type::Address, Type::Address};
    program.functions[1].parameters = {{0}, {1}};
    program.functions[1].result = Type::U64;
    program.functions[0].blocks[0].body = {ir::ForEach{{0}, {1}}};
    EXPECT_EQ(refusal(program), "");
    program.functions[0].blocks[0].body = {ir::ForEach{{0}, {1}, 3}};
    EXPECT_THAT(refusal(program), HasSubstr("walks a map in no order"));
}

// `count` values that are all live across a call.
ir::Program crowded(uint32_t count) {
    ir::Program program = chain(2);
    ir::Function& main = program.functions[0];
    ir::Block block;
    for (uint32_t i = 0; i < count; ++i)
        block.body.emplace_back(ir::Move{main.add_register(Type::U32), Constant{i}});
    block.body.emplace_back(ir::CallFunction{{}, {1}, {}});
    for (uint32_t i = 1; i < count; ++i)
        block.body.emplace_back(ir::Compute{ir::Op::Add, {0}, Reg{0}, Reg{i}});
    block.end = ir::Return{Reg{0}};
    main.blocks = {block};
    return program;
}

TEST(Generate, ValuesGoToRegistersThenToTheStackThenToTheScratch) {
    constexpr uint32_t kRegisters = 4;
    constexpr uint32_t kSlots = 30;  // of two functions in each other, each has half of the stack
    EXPECT_THAT(to_text(generated(crowded(kRegisters)).insns), Not(HasSubstr("r10")));
    EXPECT_EQ(generated(crowded(kRegisters + kSlots)).scratch_bytes, 0U);
    // One more, and another for the register that then holds where the scratch is.
    EXPECT_EQ(generated(crowded(kRegisters + kSlots + 1)).scratch_bytes, 16U);
}

TEST(Generate, SourcesAreFoundBySlot) {
    ir::Program program = chain(1);
    program.functions[0].registers = {Type::U64};
    program.functions[0].blocks[0] = {
        {ir::At{10}, ir::CallHelper{Reg{0}, ir::Helper::KtimeNs, {}}, ir::At{20}},
        ir::Return{Constant{0}}};
    const GeneratedProgram made = generated(program);
    ASSERT_EQ(made.sources.size(), 2U);
    EXPECT_EQ(made.sources[0].slot, 0U);
    EXPECT_EQ(made.sources[0].source, 10U);
    EXPECT_EQ(made.sources[1].slot, 2U);
}

}  // namespace
}  // namespace knowhy::bpf
