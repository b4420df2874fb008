#include "cli/source_lines.h"

#include <sys/resource.h>
#include <unistd.h>

namespace knowhy::cli {
namespace {

template <typename Visit>
void each_place(model::DropSample& sample, const Visit& visit) {
    visit(sample.place);
    for (model::Place& frame : sample.stack) visit(frame);
}

template <typename Visit>
void each_place(model::DropGroup& group, const Visit& visit) {
    visit(group.place);
    for (model::DropSample& sample : group.samples) each_place(sample, visit);
}

// A place is behind a call, except where it is a function's first byte: no call returns there.
void describe(symbols::CodeMap& code, model::Place& place) {
    code.describe(place, place.offset != 0);
}

void take_lines(const model::Place& from, model::Place& to) {
    to.file = from.file;
    to.line = from.line;
    to.inlined = from.inlined;
}

}  // namespace

void add_lines(model::DropGroup& group, symbols::CodeMap& code) {
    each_place(group, [&](model::Place& place) {
        if (place.file.empty()) describe(code, place);
    });
}

void add_lines(model::Observation& observation, symbols::CodeMap& code) {
    for (model::DropGroup& group : observation.groups) add_lines(group, code);
}

LineLookup::LineLookup(symbols::CodeMap code)
    : code_(std::move(code)), thread_([this] { work(); }) {}

LineLookup::~LineLookup() {
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void LineLookup::want(const model::DropSample& sample) {
    const std::lock_guard lock(mutex_);
    known(sample.place);
    for (const model::Place& frame : sample.stack) known(frame);
}

bool LineLookup::fill(model::DropGroup& group) {
    bool all = true;
    each_place(group, [&](model::Place& place) { all &= fill_place(place); });
    return all;
}

bool LineLookup::fill(model::DropSample& sample) {
    bool all = true;
    each_place(sample, [&](model::Place& place) { all &= fill_place(place); });
    return all;
}

const std::optional<model::Place>& LineLookup::known(const model::Place& place) {
    const auto [entry, is_new] = known_.try_emplace({place.address, place.offset});
    if (is_new) {
        asked_.push_back(place);
        wake_.notify_one();
    }
    return entry->second;
}

bool LineLookup::fill_place(model::Place& place) {
    if (place.symbol.empty()) return true;
    const std::lock_guard lock(mutex_);
    const auto& answer = known(place);
    if (!answer) return false;
    take_lines(*answer, place);
    return true;
}

bool LineLookup::settle(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    return settled_.wait_for(lock, most, [this] { return asked_.empty(); });
}

void LineLookup::work() {
    // Of this thread alone, as Linux has it. Refused or not, the answers are the same.
    constexpr int kLowest = 19;
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowest);
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return ends_ || !asked_.empty(); });
        if (ends_) return;
        model::Place place = asked_.front();
        lock.unlock();
        describe(code_, place);
        lock.lock();
        known_[{place.address, place.offset}] = std::move(place);
        asked_.pop_front();
        if (asked_.empty()) settled_.notify_all();
    }
}

}  // namespace knowhy::cli
