// May a kprobe be put at an address? And what does the image itself say about its code: where it is
// patched at run time, where control enters from elsewhere.
//
// Stricter than the kernel on purpose: what it would accept but where a probe may not mean what its
// address seems to say (inside an alternative, at an access with a fixup) is refused too. Sources:
// kernel/kprobes.c, arch/*/kernel/kprobes, include/linux/jump_label.h, asm/alternative.h,
// asm/extable.h, asm/bug.h, linux/static_call_types.h of 5.10 to 6.12.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

struct ProbeVerdict {
    bool safe = false;
    std::vector<std::string>
        reasons;               // why not: "inside the instruction at +0x1b"; empty when safe
    bool ftrace_site = false;  // a probe here is carried by ftrace, without a breakpoint
};

// The text of /sys/kernel/debug/kprobes/blacklist as ranges of the image's addresses. `slide`: what
// the running kernel's addresses are above the image's (KASLR). Lines that do not parse are an
// Error: half a list would call unsafe places safe.
Result<std::vector<std::pair<uint64_t, uint64_t>>> parse_kprobe_blacklist(std::string_view text,
                                                                          uint64_t slide);

// One image's tables, read once. Not for two threads at once, as ElfFile is not.
class ProbeSafety {
  public:
    // `code`: the image with its code (of a module: not the -dbg file). Unsupported for an
    // architecture without a decoder.
    static Result<ProbeSafety> open(std::shared_ptr<const ElfFile> code);
    ProbeSafety(ProbeSafety&&) noexcept;
    ProbeSafety& operator=(ProbeSafety&&) noexcept;
    ~ProbeSafety();

    // What the running kernel refuses besides (parse_kprobe_blacklist).
    void also_refuse(std::span<const std::pair<uint64_t, uint64_t>> ranges);

    [[nodiscard]] ProbeVerdict at(uint64_t address) const;
    // What build_code() must know of these ranges.
    [[nodiscard]] CodeNotes notes_for(std::span<const CodeRange> ranges) const;
    [[nodiscard]] const Decoder& decoder() const;

  private:
    struct Impl;
    explicit ProbeSafety(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
