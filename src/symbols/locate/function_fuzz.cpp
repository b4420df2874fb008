// Any code with any debug information: what is proven of a variable is proven or given up, on the
// whole way from the file to the answer.
#include "symbols/locate/function.h"

#include "symbols/debugfile/fuzzing.h"

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

void ask(const FunctionFacts& facts, const Instance& instance,
         const std::vector<Variable>& variables) {
    constexpr uint64_t kStep = 3;  // between instructions, too
    constexpr uint64_t kMost = 300;
    for (const AddressRange& range : instance.ranges) {
        const uint64_t end = std::min(range.to, range.from + kMost);
        for (uint64_t at = range.from; at < end; at += kStep) {
            for (const Variable& variable : variables) {
                const Recovered found = facts.at(at, variable.die);
                fuzzing::require(found.how.find('\n') == std::string::npos);
            }
        }
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const fuzzing::MemoryFile memory(data, size);
    const auto file = fuzzing::elf_file(memory);
    if (!file) return 0;
    auto info = DebugInfo::open(file, "");
    const auto safety = ProbeSafety::open(file);
    if (!info || !safety) return 0;
    const auto instances = info->instances("*");
    if (!instances) return 0;
    size_t left = 6;
    for (const Instance& instance : *instances) {
        if (left-- == 0) break;
        const auto variables = info->variables_of(instance.entry);
        const auto facts = FunctionFacts::of(*info, *file, *safety, instance);
        if (facts && variables) ask(*facts, instance, *variables);
    }
    return 0;
}
