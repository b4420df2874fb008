// Puts a packet, then a group, to every cause.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explain/conclusion.h"
#include "explain/context.h"

namespace knowhy::explain {

struct Judgement {
    std::string cause;  // "unknown" when none was proven
    Conclusion conclusion;
};

// What each cause that has something to say says, in the registry's order.
std::vector<Judgement> judgements(const Context& context);

// The surest of them. Two that are certain cannot both be right: then neither is believed fully.
Judgement judge(const Context& context);

struct GroupJudgement {
    Judgement best;
    uint32_t agreeing = 0;  // samples that gave this cause
    uint32_t seen = 0;
};

// Samples that disagree make it likely at most, and harmless only when all of them are.
GroupJudgement judge_group(const model::Observation& observation, const model::DropGroup& group);

}  // namespace knowhy::explain
