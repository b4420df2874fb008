#include "cli/script_printer.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "render/json/values.h"
#include "render/script/json.h"
#include "render/script/peer_json.h"
#include "render/script/printf.h"
#include "render/script/text.h"

namespace knowhy::cli {
namespace {

constexpr size_t kMostKept = 64UL * 1024;
constexpr size_t kMostNamed = 5;  // of refused probes

void tell_refused(const collect::ScriptBooks& books) {
    if (books.refused.empty()) return;
    log::warn("{} could not be attached, {} are", counted(books.refused.size(), "probe"),
              books.attached);
    for (size_t i = 0; i < books.refused.size(); ++i) {
        const collect::RefusedProbe& refused = books.refused[i];
        if (i == kMostNamed && !log::verbose()) {
            log::note("  and {} more (--verbose names them)", books.refused.size() - i);
            return;
        }
        log::note("  {}: {}", escaped(refused.name), escaped(refused.why));
    }
}

}  // namespace

void ScriptPrinter::keep(std::string_view text) {
    kept_ += text;
    if (kept_.size() < kMostKept) return;
    const Status done = flush();
    if (written_) written_ = done;
}

Status ScriptPrinter::flush() {
    if (!kept_.empty()) {
        const Status done = output_.write(std::exchange(kept_, {}));
        if (written_) written_ = done;
    }
    return written_;
}

void ScriptPrinter::say(const model::ScriptEvent& event) {
    if (format_ == ScriptFormat::Json && !armed_) {
        early_ += render::script_json(event, options_);
        return;
    }
    if (format_ == ScriptFormat::Json) return keep(render::script_json(event, options_));
    if (format_ == ScriptFormat::PeerJson) return keep(render::peer_json(event, options_));
    const render::SaidText said = render::event_text(event, options_);
    keep(said.out);
    if (said.error.empty()) return;
    // In the order in which it was said, for who looks at both on a terminal.
    const Status done = flush();
    if (written_) written_ = done;
    std::fwrite(said.error.data(), 1, said.error.size(), stderr);
}

void ScriptPrinter::attaching(size_t probes) {
    if (!quiet_ && format_ != ScriptFormat::Json && options_.is_017())
        say(model::AttachedProbes{probes, {}});
}

Status ScriptPrinter::armed(size_t probes, const ClockPair& clock) {
    armed_ = true;
    const bool ours = format_ == ScriptFormat::Json;
    if (ours || (!quiet_ && !options_.is_017())) say(model::AttachedProbes{probes, clock});
    return never_armed();
}

Status ScriptPrinter::never_armed() {
    keep(std::exchange(early_, {}));
    return flush();
}

void ScriptPrinter::end_of_words() {
    const bool bpftrace = options_.dialect == model::FormatDialect::Bpftrace;
    if (format_ == ScriptFormat::Text && bpftrace) keep(render::end_text());
    if (format_ == ScriptFormat::PeerJson) keep("\n\n");
}

Status ScriptPrinter::summary(const collect::ScriptBooks& books) {
    for (const std::string& note : books.notes) log::note("{}", note);
    tell_refused(books);
    if (format_ == ScriptFormat::Json) {
        std::vector<std::string> refused;
        for (const auto& probe : books.refused) refused.push_back(probe.name);
        keep(render::json_line(
            {{"type", "summary"},
             {"events", books.records},
             {"lost_events", books.lost_records},
             {"missed_probes", books.missed ? render::Json(*books.missed) : render::Json()},
             {"failed_helpers", books.faults},
             {"attached", books.attached},
             {"refused", refused},
             {"notes", books.notes},
             {"unexplained", render::Json::array()},
             {"elapsed_s", books.elapsed_s}}));
        return flush();
    }
    KW_CHECK_OK(flush());
    if (books.missed.value_or(0) > 0)
        log::warn("{} not seen: a probe hit while its own program ran",
                  counted(*books.missed, "hit was", "hits were"));
    if (books.faults > 0)
        log::note("{} in the kernel failed: memory that could not be read, or a map that was full",
                  counted(books.faults, "call"));
    return {};
}

std::string ScriptPrinter::formatted(const model::Formatted& what) const {
    return render::formatted_text(what, options_);
}

}  // namespace knowhy::cli
