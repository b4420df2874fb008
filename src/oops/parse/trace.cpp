#include "oops/parse/trace.h"

#include <algorithm>

#include "base/text.h"
#include "oops/parse/symbol.h"

namespace knowhy::oops {
namespace {

using Context = model::OopsFrame::Context;
using Kind = model::OopsKind;

constexpr size_t kMostFrames = 512;

bool same_place(const model::OopsSymbol& a, const model::OopsSymbol& b) {
    if (!a.name.empty() && !b.name.empty()) return a.name == b.name && a.offset == b.offset;
    return a.address && a.address == b.address;
}

// These print their stack right below the headline, without "Call Trace:".
bool is_bare(Kind kind) {
    return kind == Kind::Kfence || kind == Kind::Kmsan || kind == Kind::Kcsan;
}

bool runs_softirqs(const std::string& name) {
    return name == "__do_softirq" || name == "handle_softirqs";
}

}  // namespace

void Traces::start(std::string_view text) {
    const auto begins = [&](std::string_view words) { return text.starts_with(words); };
    if (begins("Allocated by ") || begins("allocated by ") || begins("Uninit was created at")) {
        into_ = &report_.allocated;
    } else if (begins("Freed by ") || begins("freed by ")) {
        into_ = &report_.freed;
    } else if (begins("Last potentially") || begins("Second to last") || begins("Uninit was st") ||
               begins("Last Breaking-Event") || begins("The buggy address") ||
               begins("hardirqs last") || begins("softirqs last") ||
               begins("Preemption disabled at") || begins("irq event stamp")) {
        into_ = nullptr;
    } else if (is_bare(report_.kind) && (begins("read to 0x") || begins("write to 0x") ||
                                         begins("read (marked)") || begins("write (marked)"))) {
        into_ = report_.trace.empty() ? &report_.trace : nullptr;
        begun_ = true;
    }
}

void Traces::add(std::string_view text, uint32_t line) {
    auto found = take_frame(text);
    if (!found) return;
    if (into_ == nullptr && !begun_) {
        const bool bare = is_bare(report_.kind) || found->callee || report_.arch == "riscv64";
        if (!bare) return;
        begun_ = true;
        into_ = &report_.trace;
    }
    if (into_ == nullptr || into_->size() >= kMostFrames) return;
    if (into_->empty() && found->callee) {
        model::OopsFrame first;
        first.symbol = *found->callee;
        first.line = line;
        first.context = context_;
        if (report_.pc.name == first.symbol.name && first.symbol.offset == 0) {
            first.symbol = report_.pc;
        }
        into_->push_back(std::move(first));
    }
    model::OopsFrame frame = std::move(found->frame);
    frame.line = line;
    frame.context = context_;
    into_->push_back(std::move(frame));
}

void Traces::mark(std::string_view text, uint32_t line) {
    const auto found = take_mark(text);
    if (!found) return;
    context_ = found->ends ? Context::Task : found->context;
    if (!found->rest.empty()) add(found->rest, line);
}

void Traces::read(std::string_view text, Section section, uint32_t line) {
    switch (section) {
        case Section::TraceStart:
            // A later one is another task's or CPU's.
            into_ = report_.trace.empty() ? &report_.trace : nullptr;
            begun_ = true;
            context_ = Context::Task;
            // "Call Trace: [<addr>] f+0x1/0x2" of old kernels
            if (const size_t colon = text.find(": "); colon != std::string_view::npos) {
                add(text.substr(colon + 2), line);
            }
            return;
        case Section::Frame:
            return add(trimmed(text), line);
        case Section::Mark:
            return mark(text, line);
        case Section::Detail:
            return start(trimmed(text));
        case Section::Modules:
        case Section::End:
        case Section::Rule:
        case Section::Gone:
            into_ = nullptr;
            return;
        default:
            return;
    }
}

void Traces::finish() {
    if (!report_.trace.empty()) {
        model::OopsFrame& first = report_.trace.front();
        if (same_place(first.symbol, report_.pc)) first.return_address = false;
        if (!report_.pc.address && first.symbol.address && !first.return_address) {
            report_.pc.address = first.symbol.address;
        }
    }
    // Interrupt marks do not tell a softirq from the interrupt that it came after.
    const auto softirq =
        std::find_if(report_.trace.begin(), report_.trace.end(), [](const model::OopsFrame& frame) {
            return frame.reliable && runs_softirqs(frame.symbol.name);
        });
    if (softirq == report_.trace.end()) return;
    for (auto frame = report_.trace.begin(); frame <= softirq; ++frame) {
        if (frame->context != Context::Nmi && frame->context != Context::Exception) {
            frame->context = Context::Softirq;
        }
    }
}

}  // namespace knowhy::oops
