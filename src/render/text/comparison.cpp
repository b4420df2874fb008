#include "render/text/comparison.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "render/text/layout.h"
#include "render/text/path.h"

namespace knowhy::render {
namespace {

using model::Comparison;
using model::Divergence;
using model::StateDifference;
using Rank = StateDifference::Rank;

constexpr size_t kShownStates = 12;  // of each rank
constexpr size_t kShownPaths = 5;
constexpr size_t kLabel = 10;

std::string moment_words(uint64_t realtime_ns) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", local_time(realtime_ns));
}

std::string side_words(const model::ComparedSide& side) {
    std::string words = escaped(side.name);
    if (!side.kernel_release.empty()) words += ", Linux " + escaped(side.kernel_release);
    if (side.started_ns != 0) words += ", " + moment_words(side.started_ns);
    if (side.calls != 0) words += ", " + counted(side.calls, "call");
    if (side.packets != 0) words += fmt::format(" with {}", counted(side.packets, "packet"));
    if (side.lost != 0) words += fmt::format(", {} lost", counted(side.lost, "packet"));
    if (!side.scenario.empty()) words += ", of: " + escaped(side.scenario);
    return words;
}

// "sysctl net.ipv4.conf.v1.rp_filter", "feature rx-gro of v1", "link v1".
std::string subject_words(const StateDifference& difference) {
    std::string words = escaped(difference.kind);
    if (!difference.name.empty()) words += " " + escaped(difference.name);
    // A sysctl has its device in its name.
    if (!difference.device.empty() && difference.kind != "sysctl" && difference.kind != "route")
        words += (difference.name.empty() ? " " : " of ") + escaped(difference.device);
    if (!difference.netns.empty()) words += " in netns " + escaped(difference.netns);
    return words;
}

std::string value_words(const std::optional<std::string>& value) {
    if (!value) return "not there";
    return value->empty() ? "there" : escaped(*value);
}

std::string both_words(const StateDifference& difference) {
    return fmt::format("{}: {} on the good side, {} on the bad side", subject_words(difference),
                       value_words(difference.good), value_words(difference.bad));
}

std::string_view rank_word(Rank rank) {
    switch (rank) {
        case Rank::Read:
            return "read";
        case Rank::Setting:
            return "setting";
        case Rank::Condition:
            return "condition";
        case Rank::Other:
            return "other";
    }
    return "";
}

class Report {
  public:
    Report(const Comparison& comparison, const model::Observation& good,
           const model::Observation& bad, const ComparisonOptions& options)
        : comparison_(comparison), good_(good), bad_(bad), options_(options) {}

    std::string text() {
        sides();
        if (comparison_.first) parting(*comparison_.first);
        state();
        further();
        losses();
        summary();
        return std::move(text_);
    }

  private:
    [[nodiscard]] Sheet sheet() const { return Sheet(options_.text, kLabel); }

    void sides() {
        Sheet sheet = this->sheet();
        sheet.head("GOOD", Ink::Green, side_words(comparison_.good));
        sheet.head("BAD", Ink::Red, side_words(comparison_.bad));
        text_ += sheet.take() + '\n';
    }

    void parting(const Divergence& divergence) {
        Sheet sheet = this->sheet();
        sheet.head("PART", Ink::Red, escaped(divergence.sentence));
        text_ += sheet.take();
        if (divergence.path) text_ += path_text(*divergence.path, options_.text);
        text_ += '\n';
        if (divergence.loss) text_ += finding_text(*divergence.loss, bad_, options_.text) + '\n';
    }

    // The one to look at first, in full.
    void first_state(const StateDifference& difference) {
        Sheet sheet = this->sheet();
        sheet.head("DIFFERS", Ink::Yellow, both_words(difference));
        if (!difference.read_by.empty())
            sheet.row("why first", fmt::format("it goes with {}, where the paths part",
                                               escaped(difference.read_by)));
        attempt(sheet, difference);
        text_ += sheet.take() + '\n';
    }

    static void attempt(Sheet& sheet, const StateDifference& difference) {
        if (difference.fix)
            sheet.command("try", escaped(difference.fix->command), escaped(difference.fix->effect));
    }

    void state() {
        if (comparison_.state.empty()) return;
        first_state(comparison_.state.front());
        if (comparison_.state.size() == 1) return;
        Sheet sheet = this->sheet();
        sheet.head("ALSO", Ink::Bold,
                   fmt::format("{} of the state, what decides more first",
                               counted(comparison_.state.size() - 1, "other difference")));
        for (const Rank rank : {Rank::Read, Rank::Setting, Rank::Condition, Rank::Other})
            rows_of(rank, sheet);
        text_ += sheet.take() + '\n';
    }

    void rows_of(Rank rank, Sheet& sheet) const {
        std::string_view label = rank_word(rank);
        size_t shown = 0;
        size_t left = 0;
        for (size_t i = 1; i < comparison_.state.size(); ++i) {
            const StateDifference& difference = comparison_.state[i];
            if (difference.rank != rank) continue;
            if (!options_.all && shown == kShownStates) {
                ++left;
                continue;
            }
            sheet.row(label, both_words(difference));
            if (rank == Rank::Read) attempt(sheet, difference);
            label = "";
            ++shown;
        }
        if (left != 0) sheet.row("", fmt::format("and {} more; --all lists them", left));
    }

    void further() {
        const auto& paths = comparison_.further;
        if (paths.empty()) return;
        Sheet sheet = this->sheet();
        sheet.head(
            "LATER", Ink::Bold,
            fmt::format("{}, too", counted(paths.size(), "other path parts", "other paths part")));
        const size_t shown = options_.all ? paths.size() : std::min(paths.size(), kShownPaths);
        for (size_t i = 0; i < shown; ++i) sheet.row("", escaped(paths[i].sentence));
        if (shown < paths.size())
            sheet.row("", fmt::format("and {} more; --all lists them", paths.size() - shown));
        text_ += sheet.take() + '\n';
    }

    // Those that the first divergence has not told.
    void losses() {
        for (const model::LossDifference& loss : comparison_.losses) {
            const bool told = comparison_.first && comparison_.first->loss &&
                              loss.side == model::Side::Bad &&
                              comparison_.first->loss->id == loss.finding.id;
            if (told) continue;
            const bool is_bad = loss.side == model::Side::Bad;
            Sheet sheet = this->sheet();
            sheet.head(is_bad ? "BAD LOSES" : "GOOD LOSES", is_bad ? Ink::Red : Ink::Yellow,
                       "and the other side does not:");
            text_ += sheet.take() +
                     finding_text(loss.finding, is_bad ? bad_ : good_, options_.text) + '\n';
        }
    }

    [[nodiscard]] std::string verdict() const {
        if (!comparison_.differs()) return "no difference that two equal runs would not have";
        std::string words;
        const auto add = [&words](const std::string& part) {
            words += (words.empty() ? "" : "; ") + part;
        };
        if (comparison_.first) add("the paths part");
        if (!comparison_.state.empty())
            add(counted(comparison_.state.size(), "difference") + " of the state");
        if (!comparison_.losses.empty())
            add(counted(comparison_.losses.size(), "loss", "losses") + " on one side only");
        return words;
    }

    void summary() {
        Sheet sheet = this->sheet();
        sheet.head("SUMMARY", Ink::Bold, verdict());
        if (comparison_.paths_compared)
            sheet.row("alike", fmt::format("{} in {}", counted(comparison_.calls_alike, "call"),
                                           counted(comparison_.paths_alike, "path")));
        if (comparison_.losses_compared && comparison_.losses_alike != 0)
            sheet.row("alike", fmt::format("{} that both sides have",
                                           counted(comparison_.losses_alike, "loss", "losses")));
        if (comparison_.state_compared)
            sheet.row("alike",
                      fmt::format("{} of the state", counted(comparison_.equal_facts, "fact")));
        counted_apart(sheet);
        std::string_view label = "not told";
        for (const std::string& line : comparison_.uncompared) {
            sheet.row(label, escaped(line), Ink::Yellow);
            label = "";
        }
        text_ += sheet.take();
    }

    void counted_apart(Sheet& sheet) const {
        if (comparison_.following != 0)
            sheet.row("apart", fmt::format("{} of what only one side has, or that follow from the "
                                           "differences above",
                                           counted(comparison_.following, "fact")));
        if (comparison_.moving != 0)
            sheet.row(
                "apart",
                fmt::format("{}: counters, timers and the like, which differ in any two runs",
                            counted(comparison_.moving, "value that moves", "values that move")));
        if (comparison_.identity.empty()) return;
        sheet.row("apart", fmt::format("{} one host from another: MACs, link-local addresses{}",
                                       counted(comparison_.identity.size(), "fact that tells",
                                               "facts that tell"),
                                       options_.all ? "" : "; --all lists them"));
        if (!options_.all) return;
        for (const StateDifference& difference : comparison_.identity)
            sheet.row("", both_words(difference));
    }

    const Comparison& comparison_;
    const model::Observation& good_;
    const model::Observation& bad_;
    const ComparisonOptions& options_;
    std::string text_;
};

}  // namespace

std::string comparison_report(const Comparison& comparison, const model::Observation& good,
                              const model::Observation& bad, const ComparisonOptions& options) {
    return Report(comparison, good, bad, options).text();
}

}  // namespace knowhy::render
