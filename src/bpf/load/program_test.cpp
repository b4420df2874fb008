// Whole programs in the kernel: what is generated loads, and does what the interpreter does.
#include "bpf/load/program.h"

#include <gmock/gmock.h>

#include <fmt/ranges.h>

#include <cstdlib>

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

TEST_F(RandomPrograms, AgreeWithTheInterpreter) {
    const uint64_t first = from_environment("KNOWHY_SEED", 1);
    const uint64_t count = from_environment("KNOWHY_PROGRAMS", 300);
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const Status status = compare(seed);
        ASSERT_TRUE(status.has_value())
            << status.error().message << "\nagain: KNOWHY_SEED=" << seed << " KNOWHY_PROGRAMS=1";
    }
}

}  // namespace
}  // namespace knowhy::bpf
