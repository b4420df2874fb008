// Any image's tables are read or refused, and every address in it has a verdict with its reasons.
#include "symbols/probe/probe.h"

#include "symbols/debugfile/fuzzing.h"

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

using fuzzing::require;

void check(const ProbeVerdict& verdict) {
    require(verdict.safe == verdict.reasons.empty());
}

void ask(const ProbeSafety& safety, const ElfFile& file) {
    constexpr uint64_t kMost = 64;  // addresses of a section
    for (const ElfFile::Section& section : file.sections()) {
        for (uint64_t at = 0; at < std::min(section.size, kMost); ++at) {
            check(safety.at(section.address + at));
        }
        check(safety.at(section.address + section.size - 1));
        const auto bytes = file.bytes_at(section.address);
        if (!section.code || bytes.empty()) continue;
        const CodeRange range{section.address, bytes.first(std::min<size_t>(bytes.size(), 4096))};
        const Code code = build_code(safety.decoder(), {&range, 1}, safety.notes_for({&range, 1}));
        for (const Block& block : code.blocks) {
            for (const size_t next : block.successors) require(next < code.blocks.size());
        }
    }
    check(safety.at(0));
    check(safety.at(~uint64_t{0}));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    (void)parse_kprobe_blacklist({reinterpret_cast<const char*>(data), size}, 0x1000);
    const fuzzing::MemoryFile memory(data, size);
    const auto file = fuzzing::elf_file(memory);
    if (!file) return 0;
    if (const auto safety = ProbeSafety::open(file)) ask(*safety, *file);
    return 0;
}
