#include "explain/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "explain/cause.h"

namespace knowhy::explain {
namespace {

std::string place_text(const model::Place& place) {
    std::string text = place.function.empty() ? place.text() : place.function;
    if (!place.module.empty()) text += fmt::format(" [{}]", place.module);
    if (!place.file.empty()) text += fmt::format(", {}:{}", place.file, place.line);
    return text;
}

std::string reason_text(const model::DropReason& reason) {
    return reason.subsystem.empty() ? reason.name
                                    : fmt::format("{}:{}", reason.subsystem, reason.name);
}

Judgement unknown(const Context& context) {
    Conclusion conclusion;
    conclusion.sentence = "unknown, at " + place_text(context.group.place);
    if (!context.says_nothing()) {
        conclusion.sentence +=
            fmt::format("; the kernel's own reason is {}", reason_text(context.group.reason));
    }
    if (context.sample != nullptr) {
        for (const model::Fact& fact : context.sample->facts) {
            if (fact.value) conclusion.with(context.return_of(fact.point));
        }
    }
    return {"unknown", std::move(conclusion)};
}

// The kernel's own word comes first wherever it said something.
void add_reason(const Context& context, Conclusion& conclusion) {
    const model::DropReason& reason = context.group.reason;
    if (reason.name.empty()) return;
    conclusion.evidence.insert(
        conclusion.evidence.begin(),
        {Evidence::Kind::Reason, "kernel", reason_text(reason), "", Evidence::Read::Event});
}

bool worse(Certainty a, Certainty b) {
    return static_cast<int>(a) > static_cast<int>(b);
}

bool is_certain(const Judgement& judgement) {
    return judgement.conclusion.certainty == Certainty::Certain;
}

void lower(Conclusion& conclusion) {
    if (conclusion.certainty == Certainty::Certain) conclusion.certainty = Certainty::Likely;
}

std::string identity(const Judgement& judgement) {
    return judgement.cause + '\0' + judgement.conclusion.subject;
}

// One cause's samples of a group, folded together.
struct Tally {
    Judgement first;
    const model::DropSample* sample = nullptr;  // what `first` is about
    uint32_t count = 0;
    uint64_t first_ns = 0;
    uint64_t last_ns = 0;
    std::set<std::string> sentences;
    std::set<Verdict> verdicts;
};

void add(Tally& tally, Judgement one, const model::DropSample& sample) {
    ++tally.count;
    if (tally.count == 1) {
        tally.sample = &sample;
        tally.first_ns = sample.time_ns;
    }
    tally.first_ns = std::min(tally.first_ns, sample.time_ns);
    tally.last_ns = std::max(tally.last_ns, sample.time_ns);
    tally.sentences.insert(one.conclusion.sentence);
    tally.verdicts.insert(one.conclusion.verdict);
    const Certainty certainty = one.conclusion.certainty;
    if (tally.count == 1) tally.first = std::move(one);
    Certainty& lowest = tally.first.conclusion.certainty;
    if (worse(certainty, lowest)) lowest = certainty;
}

// Within one cause a loss is never hidden behind packets that lost nothing.
Verdict verdict_of(const std::set<Verdict>& verdicts) {
    if (verdicts.contains(Verdict::Lost)) return Verdict::Lost;
    return verdicts.size() == 1 ? *verdicts.begin() : Verdict::Unknown;
}

}  // namespace

bool Cause::applies_to(const model::DropGroup& group) const {
    const auto is = [](std::string_view wanted) {
        return [wanted](std::string_view one) { return one == wanted; };
    };
    // Newer kernels free a packet's fragments for the packet's own reason: they are no packets that
    // were lost for it.
    const bool fragment = group.place.function == "skb_release_data";
    const bool named = group.reason.subsystem.empty() && !fragment &&
                       std::any_of(reasons.begin(), reasons.end(), is(group.reason.name));
    return named || std::any_of(places.begin(), places.end(), is(group.place.function));
}

std::vector<Judgement> judgements(const Context& context) {
    std::vector<Judgement> all;
    for (const Cause& cause : registry()) {
        if (!cause.applies_to(context.group)) continue;
        if (auto conclusion = cause.match(context)) {
            all.push_back({std::string(cause.id), std::move(*conclusion)});
        }
    }
    return all;
}

namespace {

bool same_words(const Judgement& a, const Judgement& b) {
    const Conclusion& one = a.conclusion;
    const Conclusion& two = b.conclusion;
    return identity(a) == identity(b) && one.sentence == two.sentence &&
           one.certainty == two.certainty && one.verdict == two.verdict;
}

bool rests_on_state(const Conclusion& conclusion) {
    return std::any_of(conclusion.evidence.begin(), conclusion.evidence.end(),
                       [](const Evidence& one) { return one.read == Evidence::Read::Snapshot; });
}

Judgement judge_as_read(const Context& context) {
    std::vector<Judgement> all = judgements(context);
    const auto best =
        std::min_element(all.begin(), all.end(), [](const Judgement& a, const Judgement& b) {
            return worse(b.conclusion.certainty, a.conclusion.certainty);
        });
    Judgement chosen = best != all.end() ? *best : unknown(context);
    if (std::count_if(all.begin(), all.end(), is_certain) > 1) lower(chosen.conclusion);
    add_reason(context, chosen.conclusion);
    if (chosen.conclusion.certainty == Certainty::Likely && context.counters_late())
        chosen.conclusion.with(Evidence{Evidence::Kind::Counter, "counters",
                                        "first read after the loss, so they cannot confirm it", "",
                                        Evidence::Read::Now});
    return chosen;
}

}  // namespace

// What was read of the namespace may not be how it was: then the two looks must say the same.
Judgement judge(const Context& context) {
    Judgement chosen = judge_as_read(context);
    if (!context.changing) return chosen;
    const auto otherwise = context.otherwise();
    const bool same = otherwise ? same_words(chosen, judge_as_read(*otherwise))
                                : !rests_on_state(chosen.conclusion);
    if (same) return chosen;
    lower(chosen.conclusion);
    chosen.conclusion.sentence += "; its network namespace was changing just then";
    return chosen;
}

namespace {

using Tallies = std::map<std::string, Tally>;

Tallies tallies_of(const model::Observation& observation, const model::DropGroup& group) {
    Tallies tallies;
    for (const model::DropSample& sample : group.samples) {
        Judgement one = judge(Context(observation, group, &sample));
        Tally& tally = tallies[identity(one)];
        add(tally, std::move(one), sample);
    }
    return tallies;
}

// Of this tally's packets alone.
GroupJudgement apart(const Tally& tally) {
    GroupJudgement result{tally.first, tally.count,    tally.count,  tally.sample,
                          tally.count, tally.first_ns, tally.last_ns};
    Conclusion& conclusion = result.best.conclusion;
    conclusion.verdict = verdict_of(tally.verdicts);
    if (tally.sentences.size() > 1) {
        conclusion.sentence += fmt::format(" (and {} like it)", tally.sentences.size() - 1);
    }
    return result;
}

// Of two that are equally frequent the loss is told.
const Tally& most_frequent(const Tallies& tallies) {
    const auto rank = [](const Tally& tally) {
        return std::pair(tally.count, verdict_of(tally.verdicts) == Verdict::Lost);
    };
    return std::max_element(
               tallies.begin(), tallies.end(),
               [&](const auto& a, const auto& b) { return rank(a.second) < rank(b.second); })
        ->second;
}

GroupJudgement together(const Tallies& tallies, const model::DropGroup& group) {
    GroupJudgement result = apart(most_frequent(tallies));
    result.seen = static_cast<uint32_t>(group.samples.size());
    result.count = group.count;
    result.first_ns = group.first_ns;
    result.last_ns = group.last_ns;
    if (tallies.size() == 1) return result;
    Conclusion& conclusion = result.best.conclusion;
    lower(conclusion);
    if (conclusion.verdict == Verdict::Harmless) conclusion.verdict = Verdict::Unknown;
    conclusion.sentence += fmt::format(" ({} of {} sampled)", result.agreeing, result.seen);
    return result;
}

}  // namespace

std::vector<GroupJudgement> judge_group(const model::Observation& observation,
                                        const model::DropGroup& group) {
    if (group.samples.empty()) {
        return {{judge(Context(observation, group, nullptr)), 0, 0, nullptr, group.count,
                 group.first_ns, group.last_ns}};
    }
    const Tallies tallies = tallies_of(observation, group);
    const bool all_seen = group.samples.size() == group.count;
    if (!all_seen || tallies.size() == 1) return {together(tallies, group)};
    std::vector<GroupJudgement> each;
    for (const auto& [identity, tally] : tallies) each.push_back(apart(tally));
    return each;
}

}  // namespace knowhy::explain
