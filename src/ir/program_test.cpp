// Whole programs: buffers, maps, helpers, functions.
#include <gmock/gmock.h>

#include "ir/flow.h"
#include "ir/memory_environment.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace knowhy::ir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Reg kA{0};            // u64
constexpr Reg kB{1};            // u64
constexpr Reg kPlace{2};        // address
constexpr Reg kNarrow{3};       // u32
constexpr BufferId kBuffer{0};  // 16 bytes
constexpr BufferId kOther{1};   // 16 bytes
constexpr MapId kHash{0};       // key 8, value 8
constexpr MapId kArray{1};      // key 4, value 8, 4 entries

Function function_of(std::vector<Block> blocks) {
    Function function;
    function.name = "f";
    function.result = Type::U64;
    function.registers = {Type::U64, Type::U64, Type::Address, Type::U32};
    function.blocks = std::move(blocks);
    return function;
}

Program program_of(std::vector<Function> functions) {
    Program program;
    program.functions = std::move(functions);
    program.buffers = {{"buffer", 16}, {"other", 16}};
    program.maps = {{Map::Kind::Hash, "hash", 8, 8, 8}, {Map::Kind::Array, "array", 4, 8, 4}};
    return program;
}

// One block that leaves with kA.
Program straight(std::vector<Instruction> body) {
    return program_of({function_of({{std::move(body), Return{kA}}})});
}

std::string problem(const Program& program) {
    const auto status = verify(program);
    return status ? "" : status.error().message;
}

uint64_t result(const Program& program, MemoryEnvironment& environment) {
    EXPECT_EQ(problem(program), "");
    return run(program, environment).value();
}

uint64_t result(const Program& program) {
    MemoryEnvironment environment(program.maps);
    return result(program, environment);
}

uint64_t signed_result(Op op, int64_t left, int64_t right) {
    return result(straight({Move{kB, Constant{static_cast<uint64_t>(left)}},
                            Compute{op, kA, kB, Constant{static_cast<uint64_t>(right)}}}));
}

TEST(Program, SignedDivisionIsTotal) {
    EXPECT_EQ(static_cast<int64_t>(signed_result(Op::SignedDiv, -7, 2)), -3);
    EXPECT_EQ(static_cast<int64_t>(signed_result(Op::SignedMod, -7, 2)), -1);
    EXPECT_EQ(static_cast<int64_t>(signed_result(Op::SignedMod, 7, -2)), 1);
    EXPECT_EQ(static_cast<int64_t>(signed_result(Op::SignedDiv, INT64_MIN, -1)), INT64_MIN);
    EXPECT_EQ(signed_result(Op::SignedMod, INT64_MIN, -1), 0U);
    EXPECT_EQ(signed_result(Op::SignedDiv, -7, 0), 0U);
    EXPECT_EQ(static_cast<int64_t>(signed_result(Op::SignedMod, -7, 0)), -7);
    EXPECT_EQ(static_cast<int64_t>(signed_result(Op::ShiftRightSigned, -8, 65)), -4);
}

TEST(Program, SignsAndBytes) {
    EXPECT_EQ(result(straight({SignExtend{kA, Constant{0x1ff}, 8}})), UINT64_MAX);
    EXPECT_EQ(result(straight({SignExtend{kA, Constant{0x7f}, 8}})), 0x7fU);
    EXPECT_EQ(result(straight({SwapBytes{kA, Constant{0x11223344}, 16}})), 0x4433U);
    EXPECT_EQ(result(straight({SwapBytes{kA, Constant{0x1122334455667788}, 64}})),
              0x8877665544332211U);
}

TEST(Program, AnAccessBeyondItsBufferReadsZeroAndWritesNothing) {
    const auto store_at = [](uint64_t offset) {
        return result(
            straight({Fill{{kBuffer}, 16, 0xff}, Move{kB, Constant{offset}},
                      Store{{kBuffer, kB}, 8, Constant{0}}, Load{kA, {kBuffer, Constant{8}}, 8}}));
    };
    EXPECT_EQ(store_at(8), 0U);
    EXPECT_EQ(store_at(9), UINT64_MAX);
    EXPECT_EQ(store_at(UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(result(straight(
                  {Fill{{kBuffer}, 16, 0xff}, Move{kB, Constant{9}}, Load{kA, {kBuffer, kB}, 8}})),
              0U);
}

TEST(Program, AHelperThatLacksRoomIsNotCalled) {
    const auto read_at = [](uint64_t offset) {
        return result(straight(
            {Move{kB, Constant{offset}},
             CallHelper{kA,
                        Helper::ReadKernel,
                        {Place{kBuffer, kB}, Operand(Constant{8}), Operand(Constant{0})}}}));
    };
    EXPECT_EQ(static_cast<int64_t>(read_at(8)), -34);
    EXPECT_EQ(static_cast<int64_t>(read_at(9)), kBeyondBuffer);
}

TEST(Program, ASizeInARegisterIsCutToTheRoom) {
    const std::vector<uint8_t> memory(64, 'x');
    const Program program =
        straight({Move{kB, Constant{1000}},
                  CallHelper{kA,
                             Helper::ReadKernelString,
                             {Place{kBuffer, Constant{6}}, Operand(kB), Operand(Constant{4096})}}});
    MemoryEnvironment environment(program.maps);
    environment.add_memory(4096, memory, false);
    EXPECT_EQ(result(program, environment), 10U);
}

TEST(Program, LookupsHaveTwoWays) {
    const Program program = program_of({function_of(
        {{{Store{{kBuffer}, 8, Constant{5}}}, Lookup{kPlace, kHash, {kBuffer}, {1}, {2}}},
         {{AtomicAdd{{kPlace}, 8, Constant{2}}, Load{kA, {kPlace}, 8}}, Return{kA}},
         {{}, Return{Constant{99}}}})});
    MemoryEnvironment environment(program.maps);
    EXPECT_EQ(result(program, environment), 99U);
    environment.set(kHash, {5, 0, 0, 0, 0, 0, 0, 0}, {40, 0, 0, 0, 0, 0, 0, 0});
    EXPECT_EQ(result(program, environment), 42U);
    EXPECT_EQ(result(program, environment), 44U) << "the map keeps it";
}

TEST(Program, MapsAreChangedAsFlagsAllow) {
    const auto update = [](MapId map, uint64_t key, uint64_t flags) {
        const Program program =
            straight({Store{{kBuffer}, 8, Constant{key}}, Store{{kOther}, 8, Constant{1}},
                      CallHelper{kA,
                                 Helper::MapUpdate,
                                 {map, Place{kBuffer}, Place{kOther}, Operand(Constant{flags})}}});
        MemoryEnvironment environment(program.maps);
        environment.set(kHash, {5, 0, 0, 0, 0, 0, 0, 0}, std::vector<uint8_t>(8, 0));
        return static_cast<int64_t>(result(program, environment));
    };
    EXPECT_EQ(update(kHash, 5, 0), 0);
    EXPECT_EQ(update(kHash, 5, 1), -17);
    EXPECT_EQ(update(kHash, 6, 2), -2);
    EXPECT_EQ(update(kArray, 4, 0), -7);
    EXPECT_EQ(update(kArray, 3, 3), -22);
}

// A body that adds its turn to the buffer, and stops after turn 5.
Function adds_turns() {
    Function body = function_of(
        {{{Load{kB, {kBuffer}, 8}, Compute{Op::Add, kB, kB, kA}, Store{{kBuffer}, 8, kB}},
          Branch{Compare::Equal, kA, Constant{5}, {1}, {2}}},
         {{}, Return{Constant{1}}},
         {{}, Return{Constant{0}}}});
    body.parameters = {kA};
    return body;
}

TEST(Program, LoopsCallTheirBodyUntilItStops) {
    const auto loop = [](uint64_t times, std::optional<Reg> done) {
        Program program =
            straight({Fill{{kBuffer}, 16, 0}, Loop{done, Type::U64, Constant{times}, {1}},
                      Load{kB, {kBuffer}, 8}});
        if (!done) program.functions[0].blocks[0].end = Return{kB};
        program.functions.push_back(adds_turns());
        return result(program);
    };
    EXPECT_EQ(loop(3, kA), 3U);
    EXPECT_EQ(loop(100, kA), 6U);
    EXPECT_EQ(loop(100, std::nullopt), 15U);
}

TEST(Program, EveryElementIsVisited) {
    Function body = function_of({{{Load{kA, {kPlace}, 8}, Load{kB, {kBuffer}, 8},
                                   Compute{Op::Add, kB, kB, kA}, Store{{kBuffer}, 8, kB}},
                                  Return{Constant{0}}}});
    const Reg key = body.add_register(Type::Address);
    body.parameters = {key, kPlace};
    Program program =
        straight({Fill{{kBuffer}, 16, 0}, ForEach{kHash, {1}}, Load{kA, {kBuffer}, 8}});
    program.functions.push_back(body);
    MemoryEnvironment environment(program.maps);
    for (uint8_t i = 1; i < 5; ++i)
        environment.set(kHash, {i, 0, 0, 0, 0, 0, 0, 0}, {i, 0, 0, 0, 0, 0, 0, 0});
    EXPECT_EQ(result(program, environment), 10U);
    program.functions[1].blocks[0].body.emplace_back(Store{{key}, 8, kA});
    EXPECT_THAT(problem(program), HasSubstr("is a key, which is only read"));
}

TEST(Program, ALoopWithoutEndIsAnError) {
    const Program program = program_of({function_of({{{}, Jump{{0}}}})});
    MemoryEnvironment environment(program.maps);
    EXPECT_THAT(run(program, environment, 10).error().message, HasSubstr("does not end"));
}

TEST(VerifyProgram, RefusesWhatIsNoProgram) {
    EXPECT_THAT(problem(Program{}), HasSubstr("no function"));
    EXPECT_THAT(problem(straight({Load{kA, {kBuffer, Constant{9}}, 8}})),
                HasSubstr("8 bytes at 9 of 16"));
    EXPECT_THAT(problem(straight({Load{kA, {BufferId{7}}, 8}})), HasSubstr("no buffer $7"));
    EXPECT_THAT(problem(straight({Load{kA, {kPlace}, 8}})), HasSubstr("read before"));
    EXPECT_THAT(problem(straight({Move{kA, kPlace}})), HasSubstr("is an address, not a number"));
    EXPECT_THAT(problem(straight({SwapBytes{kNarrow, Constant{1}, 64}})), HasSubstr("64 bits"));
    EXPECT_THAT(problem(straight({LoadContext{kA, 4, 8}})), HasSubstr("the context at 4"));
    EXPECT_THAT(problem(straight({CallHelper{kNarrow, Helper::KtimeNs, {}}})),
                HasSubstr("is u32, not u64"));
    EXPECT_THAT(problem(straight({CallHelper{kA, Helper::KtimeNs, {Operand(kA)}}})),
                HasSubstr("takes 0 arguments"));
    EXPECT_THAT(problem(straight({CallHelper{kA, Helper::MapDelete, {kHash, Operand(kA)}}})),
                HasSubstr("does not take argument 2 so"));
    EXPECT_THAT(problem(straight({CallFunction{kA, {0}, {}}})), HasSubstr("calls itself"));
    EXPECT_THAT(problem(straight({Loop{{}, Type::U64, Constant{1}, {0}}})),
                HasSubstr("no loop's body"));
    EXPECT_THAT(problem(program_of({function_of({{{}, Lookup{kPlace, kHash, {kBuffer}, {1}, {1}}},
                                                 {{Load{kA, {kPlace}, 8}}, Return{kA}}})})),
                HasSubstr("%2 is read before"));
    EXPECT_THAT(problem(program_of({function_of({{{}, Lookup{kPlace, kHash, {kBuffer}, {1}, {2}}},
                                                 {{Load{kA, {kPlace, Constant{4}}, 8}}, Return{kA}},
                                                 {{}, Return{Constant{0}}}})})),
                HasSubstr("8 bytes at 4 of 8"));
}

TEST(PrintProgram, ReadsLikeAListing) {
    Program program =
        program_of({function_of({{{At{3}, LoadContext{kA, 112, 8}, Store{{kBuffer}, 8, kA},
                                   CallHelper{{}, Helper::MapDelete, {kHash, Place{kBuffer}}}},
                                  Lookup{kPlace, kHash, {kBuffer}, {1}, {2}}},
                                 {{AtomicAdd{{kPlace}, 8, Constant{1}}}, Return{kA}},
                                 {{Loop{kA, Type::U64, Constant{4}, {1}}}, Return{kA}}})});
    program.functions.push_back(adds_turns());
    EXPECT_THAT(to_text(program), HasSubstr(R"(@1 array: array, key 4, value 8, entries 4
$0 buffer: 16 bytes
$1 other: 16 bytes
f0 f returns u64
b0:
    at 3
    %0:u64 = context u64 at 0x70
    u64 $0[0x0] = %0
    map_delete_elem(@0, $0[0x0])
    %2:address = @0[$0[0x0]]; then b1, missing b2
b1:
    atomic u64 [%2 + 0x0] += 0x1
    return %0
b2:
    %0:u64 = loop 0x4 of f1
    return %0
f1 f takes %0:u64 returns u64
)"));
    EXPECT_THAT(callees(program.functions[0]), ElementsAre(FunctionId{1}));
}

TEST(EffectsOfPrograms, AreThoseOfAllFunctions) {
    EXPECT_EQ(effects_of(straight({Fill{{kBuffer}, 8, 0}})), Effects::None);
    Program program = straight({});
    program.functions.push_back(straight({LoadContext{kA, 0, 8}}).functions[0]);
    EXPECT_EQ(effects_of(program), Effects::ReadsContext);
    const Instruction into_map = CallHelper{
        kA, Helper::ReadKernel, {Place{kPlace}, Operand(Constant{8}), Operand(Constant{0})}};
    EXPECT_EQ(effects_of(into_map), Effects::ReadsMemory | Effects::WritesMaps);
}

}  // namespace
}  // namespace knowhy::ir
