// A program made by the input's choices: the IR's verifier, the interpreter and, with the privilege
// to load programs, the kernel's verifier must take it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "bpf/load/program_runner.h"
#include "ir/print.h"
#include "ir/verify.h"

namespace {

using namespace knowhy;

void check(bool holds, const std::string& what, const ir::Program& program) {
    if (holds) return;
    std::fprintf(stderr, "%s\n%s", what.c_str(), ir::to_text(program).c_str());
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static bpf::ProgramRunner runner;
    bpf::Choices choices(std::span<const uint8_t>(data, size));
    const ir::Program program =
        bpf::RandomProgram(choices, runner.user_address(), bpf::ProgramRunner::kUserBytes).make();
    check(ir::verify(program).has_value(), "no program", program);
    const auto expected = runner.interpret(program);
    check(expected.has_value(), "not interpreted", program);
    const auto generated = bpf::generate(program, bpf::ProgramKind::Untyped);
    check(generated.has_value(), "not generated", program);
    if (!runner.usable()) return 0;
    const auto loaded = runner.load(*generated);
    check(loaded.has_value(), loaded ? "" : loaded.error().log, program);
    check(runner.run(*loaded) == *expected, "the kernel does otherwise", program);
    return 0;
}
