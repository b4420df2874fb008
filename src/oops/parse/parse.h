// Crash reports out of console logs, dmesg, pstore and journals, of any architecture and age.
//
// Text goes in by chunks, a report comes out as soon as its end is known; what is held meanwhile is
// bounded, whatever the text. Text without a crash gives no report. Formats: lib/dump_stack.c,
// kernel/panic.c, mm/kasan/report.c, arch/*/kernel/{traps,process,dumpstack}.c and
// arch/*/mm/fault.c of Linux 2.6.32 to 6.18.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "model/oops.h"

namespace knowhy::oops {

using ReportSink = std::function<void(model::OopsReport)>;

class Parser {
  public:
    explicit Parser(ReportSink sink);
    Parser(Parser&&) noexcept;
    Parser& operator=(Parser&&) noexcept;
    ~Parser();

    // Any piece of the text; a line may be cut between two of them.
    void feed(std::string_view chunk);
    // The text is at its end, or nothing came for a while: open reports are given as they are.
    void finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

std::vector<model::OopsReport> parse(std::string_view text);

}  // namespace knowhy::oops
