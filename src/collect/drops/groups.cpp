#include "collect/drops/groups.h"

#include <utility>

namespace knowhy::collect {

using model::DropGroup;
using model::DropKey;

void GroupTable::set_symbols(const symbols::SymbolTable* symbols) {
    symbols_ = symbols;
    for (auto& [key, group] : groups_) group.place = place_of(key, symbols_);
}

DropGroup& GroupTable::group_of(const DropKey& key) {
    const auto known = groups_.find(key);
    if (known != groups_.end()) return known->second;
    DropGroup& group = groups_[key];
    group.key = key;
    // A refusal frees nothing, so the kernel names no reason.
    if (key.source == model::DropSource::Free) group.reason = reasons_.of(key.reason);
    group.place = place_of(key, symbols_);
    if (const PointInfo* point = point_by_number(key.point)) group.point = point->name;
    return group;
}

GroupTable::Added GroupTable::add(ReadSample read) {
    DropGroup& group = group_of(read.key);
    const bool is_new = group.samples.empty();
    // skb_iif names the device it came in by, not the one whose name the sample has.
    const bool same_device = read.key.ifindex != 0 && !read.sample.device.empty();
    if (group.device.empty() && same_device) group.device = read.sample.device;
    if (group.first_ns == 0) group.first_ns = read.sample.time_ns;
    group.last_ns = std::max(group.last_ns, read.sample.time_ns);
    if (group.samples.size() == kFirstSamplesKept + kLastSamplesKept)
        group.samples.erase(group.samples.begin() + kFirstSamplesKept);
    group.samples.push_back(std::move(read.sample));
    return {&group, is_new};
}

std::vector<const DropGroup*> GroupTable::take_counts(const std::map<DropKey, Count>& counts) {
    std::vector<const DropGroup*> unsampled;
    for (const auto& [key, count] : counts) {
        const bool is_new = groups_.count(key) == 0;
        DropGroup& group = group_of(key);
        group.count = count.count;
        group.first_ns = count.first_ns;
        group.last_ns = count.last_ns;
        if (is_new) unsampled.push_back(&group);
    }
    return unsampled;
}

}  // namespace knowhy::collect
