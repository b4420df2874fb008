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
    const model::DropSample* sample = nullptr;  // the first of those that agree, in the group
    uint64_t count = 0;                         // packets, and when they were lost
    uint64_t first_ns = 0;
    uint64_t last_ns = 0;
};

// A group all of whose packets were looked at falls into its causes, each with its own count. Else
// there is one judgement: samples that disagree make it likely at most, and harmless only when all
// of them are.
std::vector<GroupJudgement> judge_group(const model::Observation& observation,
                                        const model::DropGroup& group);

}  // namespace knowhy::explain
