#include "ir/memory_environment.h"

#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace knowhy::ir {
namespace {

bool is_array(const Map& map) {
    return map.kind == Map::Kind::Array || map.kind == Map::Kind::PerCpuArray;
}

std::vector<uint8_t> array_key(uint32_t index) {
    std::vector<uint8_t> key(sizeof(index));
    std::memcpy(key.data(), &index, sizeof(index));
    return key;
}

std::vector<uint8_t> copied(std::span<const uint8_t> bytes) {
    return {bytes.begin(), bytes.end()};
}

uint64_t as_result(int64_t status) {
    return static_cast<uint64_t>(status);
}

}  // namespace

MemoryEnvironment::MemoryEnvironment(const std::vector<Map>& maps) {
    for (const Map& map : maps) {
        maps_.push_back({map, {}});
        if (!is_array(map)) continue;
        for (uint32_t i = 0; i < map.max_entries; ++i)
            maps_.back().contents[array_key(i)] = Bytes(map.value_bytes, 0);
    }
}

void MemoryEnvironment::set(MapId map, Bytes key, Bytes value) {
    maps_[map.index].contents[std::move(key)] = std::move(value);
}

void MemoryEnvironment::add_memory(uint64_t address, std::span<const uint8_t> bytes, bool of_user) {
    memory_.push_back({address, bytes, of_user});
}

void MemoryEnvironment::set_task(uint64_t pid_tgid, std::string comm) {
    pid_tgid_ = pid_tgid;
    comm_ = std::move(comm);
}

std::optional<std::span<uint8_t>> MemoryEnvironment::lookup(MapId map,
                                                            std::span<const uint8_t> key) {
    Contents& contents = maps_[map.index].contents;
    const auto found = contents.find(copied(key));
    return found == contents.end() ? std::nullopt
                                   : std::optional(std::span<uint8_t>(found->second));
}

std::vector<MemoryEnvironment::Bytes> MemoryEnvironment::keys(MapId map) {
    std::vector<Bytes> keys;
    for (const auto& [key, value] : maps_[map.index].contents) keys.push_back(key);
    // Arrays go by index, which is not the order of its bytes.
    if (is_array(maps_[map.index].map))
        for (uint32_t i = 0; i < keys.size(); ++i) keys[i] = array_key(i);
    return keys;
}

uint64_t MemoryEnvironment::call(Helper helper, std::span<const CallArgument> arguments) {
    const auto number = [&](size_t i) { return std::get<uint64_t>(arguments[i]); };
    const auto bytes = [&](size_t i) { return std::get<std::span<uint8_t>>(arguments[i]); };
    const auto map = [&](size_t i) -> Stored& {
        return maps_[std::get<MapId>(arguments[i]).index];
    };
    switch (helper) {
        case Helper::ReadKernel:
        case Helper::ReadUser:
            return as_result(read(bytes(0), number(2), helper == Helper::ReadUser));
        case Helper::ReadKernelString:
        case Helper::ReadUserString:
            return as_result(read_string(bytes(0), number(2), helper == Helper::ReadUserString));
        case Helper::PidTgid:
            return pid_tgid_;
        case Helper::CurrentComm: {
            std::ranges::fill(bytes(0), 0);
            const size_t length = std::min(comm_.size(), bytes(0).size() - 1);
            std::copy_n(comm_.begin(), length, bytes(0).begin());
            return 0;
        }
        case Helper::MapUpdate:
            return as_result(update(map(0), bytes(1), bytes(2), number(3)));
        case Helper::MapDelete:
            return as_result(remove(map(0), bytes(1)));
        default:
            return 0;
    }
}

std::span<const uint8_t> MemoryEnvironment::memory_at(uint64_t address, bool of_user) const {
    const auto context = reinterpret_cast<uintptr_t>(context_.data());
    if (!of_user && address >= context && address - context < context_.size())
        return std::span(context_).subspan(address - context);
    for (const Memory& memory : memory_)
        if (memory.of_user == of_user && address >= memory.address &&
            address - memory.address < memory.bytes.size())
            return memory.bytes.subspan(address - memory.address);
    return {};
}

// What is not there lies where the other side's memory would be: for x86 that is -ERANGE in the
// kernel, and a fault for a process.
int64_t MemoryEnvironment::read(std::span<uint8_t> to, uint64_t address, bool of_user) const {
    const auto from = memory_at(address, of_user);
    std::ranges::fill(to, 0);
    if (of_user && to.empty()) return 0;
    if (from.size() < to.size() || from.empty()) return of_user ? -EFAULT : -ERANGE;
    std::ranges::copy(from.first(to.size()), to.begin());
    return 0;
}

int64_t MemoryEnvironment::read_string(std::span<uint8_t> to, uint64_t address,
                                       bool of_user) const {
    if (to.empty()) return 1;
    const auto from = memory_at(address, of_user);
    if (from.empty()) {
        std::ranges::fill(to, 0);
        return of_user ? -EFAULT : -ERANGE;
    }
    const size_t most = std::min(from.size(), to.size());
    const auto zero = std::ranges::find(from.first(most), 0);
    const auto length = static_cast<size_t>(zero - from.begin());
    std::copy_n(from.begin(), length, to.begin());
    to[std::min(length, to.size() - 1)] = 0;
    return static_cast<int64_t>(std::min(length + 1, to.size()));
}

int64_t MemoryEnvironment::update(Stored& map, std::span<const uint8_t> key,
                                  std::span<const uint8_t> value, uint64_t flags) {
    if (flags > BPF_EXIST) return -EINVAL;
    const auto found = map.contents.find(copied(key));
    const bool there = found != map.contents.end();
    if (is_array(map.map) && !there) return -E2BIG;
    if (there && flags == BPF_NOEXIST) return -EEXIST;
    if (!there && flags == BPF_EXIST) return -ENOENT;
    if (!there && map.contents.size() >= map.map.max_entries) return -E2BIG;
    if (there)
        std::ranges::copy(value, found->second.begin());  // what looked it up sees it
    else
        map.contents[copied(key)] = copied(value);
    return 0;
}

int64_t MemoryEnvironment::remove(Stored& map, std::span<const uint8_t> key) {
    if (is_array(map.map)) return -EINVAL;
    return map.contents.erase(copied(key)) > 0 ? 0 : -ENOENT;
}

}  // namespace knowhy::ir
