#include "oops/parse/report_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::oops {
namespace {

using Kind = model::OopsKind;
using Role = Headline::Role;

constexpr size_t kMostLines = 4000;
constexpr size_t kMostBytes = 1U << 20U;
constexpr size_t kMostDamage = 16;
constexpr double kLongPause = 5;  // seconds: what nothing knows after that is another matter
constexpr size_t kLongestWrapped = 4096;  // more than the kernel puts into a message
constexpr size_t kTerminal = 80;          // columns, where a line is wrapped

bool is_sanitizer(Kind kind) {
    return kind == Kind::Kasan || kind == Kind::Kfence || kind == Kind::Kmsan ||
           kind == Kind::Kcsan || kind == Kind::Ubsan;
}

// These are told by a headline of their own, and then by the trap's "die" line.
bool is_followed_by_die(Kind kind) {
    switch (kind) {
        case Kind::NullDereference:
        case Kind::PagingRequest:
        case Kind::Bug:
        case Kind::ListCorruption:
        case Kind::StackOverflow:
        case Kind::DoubleFault:
        case Kind::BusError:
        case Kind::AlignmentFault:
        case Kind::OtherCrash:
        case Kind::Unknown:
            return true;
        default:
            return false;
    }
}

bool is_stall(Kind kind) {
    return kind == Kind::RcuStall || kind == Kind::SoftLockup || kind == Kind::HardLockup;
}

// Panics that follow from what was reported just before.
constexpr std::string_view kConsequences[] = {"Fatal exception",
                                              "panic_on_",
                                              "hung_task",
                                              "softlockup",
                                              "Hard LOCKUP",
                                              "RCU Stall",
                                              "Oops",
                                              "kernel stack overflow",
                                              "KASAN",
                                              "UBSAN",
                                              "KFENCE",
                                              "Attempted to kill",
                                              "Aiee",
                                              "corrupted stack end",
                                              "Machine halted",
                                              "Asynchronous SError",
                                              "fatal exception"};

bool is_consequence(std::string_view panic) {
    return std::any_of(
        std::begin(kConsequences), std::end(kConsequences),
        [&](std::string_view why) { return panic.find(why) != std::string_view::npos; });
}

bool is_rule(const Headline& headline) {
    return headline.start.starts_with('=');
}

uint32_t bit(Section section) {
    return uint32_t{1} << static_cast<unsigned>(section);
}

}  // namespace

bool ReportBuilder::seen(Section section) const {
    return (seen_ & bit(section)) != 0;
}

// Lockdep's and the sanitizers' reports hold much that only reads like prose.
unsigned ReportBuilder::patience() const {
    switch (report_.kind) {
        case Kind::Lockdep:
        case Kind::NotACrash:
            return 60;
        case Kind::Kasan:
        case Kind::Kmsan:
        case Kind::RcuStall:
            return 30;
        default:
            return state_ == State::Announced ? 6 : 16;
    }
}

void ReportBuilder::begin(const LogLine& line, const Headline* headline) {
    *this = ReportBuilder();
    open_ = true;
    append(line, headline,
           headline != nullptr && is_rule(*headline) ? Section::Rule : Section::Other);
    if (headline != nullptr && headline->role != Role::Announce) tell(*headline);
}

void ReportBuilder::tell(const Headline& headline) {
    headline_ = &headline;
    report_.kind = headline.kind;
    report_.headline = report_.lines.size() - 1;
    state_ = State::Told;
    seen_ = 0;
    died_ = headline.role == Role::Die;
    panic_ = headline.role == Role::Panic;
}

void ReportBuilder::append(const LogLine& line, const Headline* headline, Section section) {
    report_.lines.push_back(
        {line.number, std::string(line.text), line.at, section, headline, line.partial});
    bytes_ += line.text.size();
    seen_ |= bit(section);
    others_ = headline == nullptr && section == Section::Other ? others_ + 1 : 0;
    if (line.at) last_at_ = line.at;
    last_width_ = line.width;
    last_prefixed_ = line.prefixed;
    last_blank_ = line.ends_blank;
}

bool ReportBuilder::continues(const LogLine& line, const Headline* headline) const {
    if (!open_ || line.prefixed || headline != nullptr || line.text.empty()) return false;
    if (last_width_ == 0 || last_width_ % kTerminal != 0) return false;
    if (report_.lines.back().text.size() > kLongestWrapped) return false;
    if (last_prefixed_) return true;
    const Section before = report_.lines.back().section;
    return section_of(line.text) == Section::Other && before != Section::Stack;
}

void ReportBuilder::append_wrapped(const LogLine& line) {
    ReportLine& last = report_.lines.back();
    if (last_blank_) last.text += ' ';
    last.text += line.text;
    last.partial = line.partial;
    bytes_ += line.text.size();
    if (last.headline == nullptr) last.section = section_of(last.text);
    seen_ |= bit(last.section);
    last_width_ = line.width;
    last_blank_ = line.ends_blank;
    if (bytes_ > kMostBytes) last_width_ = 0;
}

void ReportBuilder::note_damage(std::string words) {
    if (open_ && report_.damage.size() < kMostDamage) report_.damage.push_back(std::move(words));
}

// Whether a headline belongs to the report that is open.
bool ReportBuilder::joins(const Headline& headline, std::string_view text) const {
    const bool stack = seen(Section::Frame) || seen(Section::Registers);
    switch (headline.role) {
        case Role::Panic:
            return died_ || panic_ || is_consequence(text);
        case Role::Die:
            return state_ == State::Told && !died_ && !stack && is_followed_by_die(report_.kind);
        case Role::Message:
            if (headline.kind == Kind::Kasan) return state_ == State::Told && died_;
            return state_ == State::Told && report_.kind == Kind::Warning && !stack;
        case Role::Announce:
            if (is_rule(headline)) return state_ != State::Ended;
            return state_ == State::Told && !stack && headline_ != nullptr &&
                   headline_->role == Role::Message;
        case Role::Begins:
            break;
    }
    if (state_ != State::Told || stack) return false;
    if (is_stall(report_.kind) && headline.kind == Kind::Watchdog) return true;
    if (report_.kind == Kind::ListCorruption || report_.kind == Kind::Refcount) {
        return headline.kind == Kind::Bug || headline.kind == Kind::Warning;
    }
    return report_.kind == Kind::StackOverflow && headline.kind == Kind::DoubleFault;
}

void ReportBuilder::take_headline(const LogLine& line, const Headline& headline, const Done& done) {
    if (!open_) {
        // "KASAN: null-ptr-deref in range [...]" explains another line, and is none by itself.
        if (headline.role == Role::Message && headline.kind == Kind::Kasan) return;
        return begin(line, &headline);
    }
    if (state_ == State::Announced) {
        append(line, &headline, Section::Other);
        if (headline.role != Role::Announce) tell(headline);
        return;
    }
    if (joins(headline, line.text)) {
        append(line, &headline, is_rule(headline) ? Section::Rule : Section::Other);
        if (headline.role == Role::Die) died_ = true;
        if (headline.role == Role::Panic) panic_ = true;
        if (headline.role == Role::Message && report_.kind == Kind::Warning) {
            report_.kind = headline.kind;
        }
        const bool closing = is_rule(headline) && is_sanitizer(report_.kind) &&
                             (seen(Section::Frame) || seen(Section::Cpu));
        if (closing) state_ = State::Ended;
        return;
    }
    const bool complete = seen(Section::Frame) || state_ == State::Ended || panic_;
    if (!complete && headline.role != Role::Announce) {
        note_damage(fmt::format("another report begins inside it, at line {}", line.number));
    }
    const bool inside = !complete && headline.role != Role::Announce && stands_alone();
    const uint32_t first = report_.lines.front().number;
    close(false, done);
    begin(line, &headline);
    if (inside) {
        report_.crossed = true;
        note_damage(
            fmt::format("it begins inside the report of line {}, whose rest may follow", first));
    }
}

bool ReportBuilder::joins_tail(Section section) const {
    switch (section) {
        case Section::Pc:
        case Section::Registers:
        case Section::Code:
        case Section::Blank:
        case Section::Stack:
        case Section::Detail:
        case Section::Gone:
            return true;
        default:
            return panic_ && section != Section::Other;
    }
}

// Another boot, or another matter long after.
bool ReportBuilder::stale(const LogLine& line) const {
    if (!line.at || !last_at_) return false;
    return *line.at < *last_at_ - 1;
}

void ReportBuilder::take_other(const LogLine& line, const Done& done) {
    const Section section = section_of(line.text);
    if (state_ == State::Ended && !joins_tail(section)) return close(false, done);
    const bool late = line.at && last_at_ && *line.at > *last_at_ + kLongPause;
    if (section == Section::Other && (late || others_ >= patience())) return close(false, done);
    const bool told_by_parts = section == Section::Cpu || section == Section::Pc ||
                               section == Section::Registers || section == Section::Modules ||
                               section == Section::End;
    if (state_ == State::Announced && told_by_parts && !is_rule(*report_.lines.front().headline)) {
        // "cut here" and a report's parts, but no word of what happened.
        state_ = State::Told;
        report_.headline = report_.lines.size() - 1;
        while (report_.lines[report_.headline].section != Section::Other) --report_.headline;
        report_.kind = Kind::OtherCrash;
    }
    append(line, nullptr, section);
    if (section == Section::End && state_ == State::Told) state_ = State::Ended;
    if (section == Section::Gone) close(false, done);
    if (bytes_ > kMostBytes || report_.lines.size() >= kMostLines) {
        note_damage("it is longer than any report, and was cut");
        close(false, done);
    }
}

void ReportBuilder::take(const LogLine& line, const Headline* headline, const Done& done) {
    if (open_ && stale(line)) close(false, done);
    if (headline != nullptr) return take_headline(line, *headline, done);
    if (open_) take_other(line, done);
}

bool ReportBuilder::is_report() const {
    if (state_ == State::Announced) return false;
    if (stands_alone()) return true;
    constexpr Section kParts[] = {Section::Cpu,        Section::Pc,    Section::Registers,
                                  Section::TraceStart, Section::Frame, Section::End,
                                  Section::Modules};
    return std::any_of(std::begin(kParts), std::end(kParts),
                       [this](Section part) { return seen(part); });
}

void ReportBuilder::close(bool end_of_text, const Done& done) {
    const bool wanted = open_ && is_report();
    ReportLines found = std::move(report_);
    *this = ReportBuilder();
    if (!wanted) return;
    const auto idle = [&](const ReportLine& line) {
        return line.headline == nullptr &&
               (line.section == Section::Other || line.section == Section::Blank);
    };
    while (found.lines.size() > found.headline + 1 && idle(found.lines.back())) {
        found.lines.pop_back();
    }
    found.at_end_of_text = end_of_text;
    done(found);
}

void ReportBuilder::finish(bool end_of_text, const Done& done) {
    if (open_) close(end_of_text, done);
}

}  // namespace knowhy::oops
