#include "oops/parse/parse.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "base/text.h"
#include "oops/parse/lines.h"
#include "oops/parse/report_builder.h"

namespace knowhy::oops {
namespace {

constexpr size_t kMostOpen = 64;  // callers that print a report at the same time
// Lines of others after which a report has ended that has its end marker, and one that has none.
constexpr uint32_t kIdleEnded = 64;
constexpr uint32_t kIdle = 2000;

bool is_stall(model::OopsKind kind) {
    return kind == model::OopsKind::RcuStall || kind == model::OopsKind::SoftLockup ||
           kind == model::OopsKind::HardLockup;
}

}  // namespace

struct Parser::Impl {
    explicit Impl(ReportSink given) : sink(std::move(given)) {}

    ReportSink sink;
    LineReader reader;
    // By the printing CPU or task; "" for a log that does not tell them apart.
    std::map<std::string, ReportBuilder, std::less<>> open;
    std::string last;  // whose line came last

    uint32_t last_stall = 0;  // line of the last stall or lockup's end

    void give(const ReportLines& lines) {
        model::OopsReport report = read_report(lines);
        if (is_stall(report.kind)) last_stall = report.last_line;
        // Asked for by a person (sysrq), all CPUs' backtraces are no crash.
        const bool after_stall = last_stall != 0 && report.first_line < last_stall + kIdle;
        if (report.kind == model::OopsKind::Watchdog && !after_stall &&
            report.headline.starts_with("NMI backtrace")) {
            report.kind = model::OopsKind::NotACrash;
        }
        sink(std::move(report));
    }

    void take(const LogLine& line) {
        const size_t indent = line.text.find_first_not_of(" \t");
        const Headline* headline =
            indent == std::string_view::npos ? nullptr : headline_of(line.text.substr(indent));
        if (open.empty() && headline == nullptr) return;
        const auto done = [this](const ReportLines& lines) { give(lines); };
        if (line.dropped != 0) note_dropped(line.dropped);
        const auto before = open.find(last);
        if (before != open.end() && before->second.continues(line, headline)) {
            before->second.append_wrapped(line);
            return;
        }
        auto builder = open.find(line.caller);
        if (builder == open.end()) {
            if (headline == nullptr) {
                if (line.number % kIdleEnded == 0) close_idle(line.number);
                return;
            }
            make_room();
            builder = open.emplace(std::string(line.caller), ReportBuilder()).first;
        }
        builder->second.take(line, headline, done);
        last = builder->first;
        if (!builder->second.open()) open.erase(builder);
        if (line.number % kIdleEnded == 0) close_idle(line.number);
    }

    void close_idle(uint32_t now) {
        for (auto at = open.begin(); at != open.end();) {
            const uint32_t most = at->second.ended() ? kIdleEnded : kIdle;
            const bool idle = now - at->second.last_line() > most;
            if (idle) at->second.finish(false, [this](const ReportLines& lines) { give(lines); });
            at = idle ? open.erase(at) : std::next(at);
        }
    }

    void note_dropped(uint64_t count) {
        for (auto& [caller, builder] : open) {
            builder.note_damage(counted(count, "message") + " of the kernel's were lost inside it");
        }
    }

    void make_room() {
        if (open.size() < kMostOpen) return;
        open.begin()->second.finish(false, [this](const ReportLines& lines) { give(lines); });
        open.erase(open.begin());
    }
};

Parser::Parser(ReportSink sink) : impl_(std::make_unique<Impl>(std::move(sink))) {}
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;
Parser::~Parser() = default;

void Parser::feed(std::string_view chunk) {
    impl_->reader.feed(chunk, [this](const LogLine& line) { impl_->take(line); });
}

void Parser::finish() {
    impl_->reader.finish([this](const LogLine& line) { impl_->take(line); });
    for (auto& [caller, builder] : impl_->open) {
        builder.finish(true, [this](const ReportLines& lines) { impl_->give(lines); });
    }
    impl_->open.clear();
}

std::vector<model::OopsReport> parse(std::string_view text) {
    std::vector<model::OopsReport> found;
    Parser parser([&](model::OopsReport report) { found.push_back(std::move(report)); });
    parser.feed(text);
    parser.finish();
    return found;
}

}  // namespace knowhy::oops
