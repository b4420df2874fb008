#include "collect/script/resolver.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "host/files.h"

namespace knowhy::collect {
namespace {

constexpr const char* kCgroups = "/sys/fs/cgroup";

model::CodePlace code_place(uint64_t address, const model::Place& found) {
    model::CodePlace place;
    place.address = address;
    place.name = found.symbol;
    place.offset = found.symbol.empty() ? 0 : found.offset;
    place.image = found.module;
    return place;
}

std::string path_of(int descriptor) {
    std::array<char, PATH_MAX> path{};
    const std::string link = fmt::format("/proc/self/fd/{}", descriptor);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 ? std::string(path.data(), static_cast<size_t>(length)) : "";
}

// A cgroup's id is what a file handle in its file system holds (fs/kernfs/mount.c).
std::string cgroup_by_handle(uint64_t id) {
    constexpr int kFileidKernfs = 0xfe;
    alignas(file_handle) std::array<std::byte, sizeof(file_handle) + sizeof(id)> room{};
    auto* const handle = reinterpret_cast<file_handle*>(room.data());
    handle->handle_bytes = sizeof(id);
    handle->handle_type = kFileidKernfs;
    std::memcpy(handle->f_handle, &id, sizeof(id));
    const UniqueFd mount(::open(kCgroups, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const UniqueFd group(::open_by_handle_at(mount.get(), handle, O_PATH | O_CLOEXEC));
    return group.valid() ? path_of(group.get()) : "";
}

}  // namespace

model::CodePlace RunningResolver::kernel_symbol(uint64_t address) {
    const auto* symbols = kernel_.symbols();
    return code_place(address, symbols ? symbols->place(address) : model::Place{});
}

// Addresses of the innermost frame first; the others are return addresses.
std::optional<std::vector<uint64_t>> RunningResolver::frames(int64_t id,
                                                             const lang::Type::Stack& how) {
    const auto map = std::ranges::find_if(plan_.ir_maps, [&](const ir::Map& one) {
        return one.kind == ir::Map::Kind::StackTrace && one.value_bytes == 8 * how.depth;
    });
    if (id < 0 || map == plan_.ir_maps.end()) return std::nullopt;
    const auto index = static_cast<uint32_t>(map - plan_.ir_maps.begin());
    const auto key = static_cast<uint32_t>(id);
    const auto bytes = maps_.get(index, {reinterpret_cast<const uint8_t*>(&key), sizeof(key)});
    if (!bytes) return std::nullopt;
    std::vector<uint64_t> addresses(bytes->size() / sizeof(uint64_t));
    std::memcpy(addresses.data(), bytes->data(), addresses.size() * sizeof(uint64_t));
    addresses.erase(std::ranges::find(addresses, 0U), addresses.end());
    return addresses;
}

std::optional<std::vector<model::CodePlace>> RunningResolver::kernel_stack(
    int64_t id, const lang::Type::Stack& how) {
    const auto addresses = frames(id, how);
    if (!addresses) return std::nullopt;
    const auto* symbols = kernel_.symbols();
    std::vector<model::CodePlace> places;
    for (const uint64_t address : *addresses) {
        model::Place found;
        if (symbols)
            found = places.empty() ? symbols->place(address) : symbols->return_place(address);
        places.push_back(code_place(address, found));
    }
    return places;
}

const std::vector<RunningResolver::Mapping>& RunningResolver::mappings_of(uint32_t pid) {
    const auto [known, is_new] = mappings_.try_emplace(pid);
    if (!is_new) return known->second;
    const auto text = host::read_kernel_file(fmt::format("/proc/{}/maps", pid));
    if (!text) return known->second;
    for (const std::string_view line : split(*text, '\n')) {
        const auto words = split_whitespace(line);
        if (words.size() < 6) continue;
        const auto ends = split(words[0], '-');
        const auto begin = parse_u64(ends[0], 16);
        const auto end = ends.size() == 2 ? parse_u64(ends[1], 16) : std::nullopt;
        const auto offset = parse_u64(words[2], 16);
        if (begin && end && offset)
            known->second.push_back({*begin, *end, *offset, std::string(words[5])});
    }
    return known->second;
}

// The file and where in it; its symbols are not read.
model::CodePlace RunningResolver::user_symbol(uint64_t address, uint32_t pid) {
    model::CodePlace place;
    place.address = address;
    for (const Mapping& mapping : mappings_of(pid)) {
        if (address < mapping.begin || address >= mapping.end) continue;
        place.image = mapping.path;
        place.offset = address - mapping.begin + mapping.offset;
    }
    return place;
}

std::optional<std::vector<model::CodePlace>> RunningResolver::user_stack(
    int64_t id, uint32_t pid, const lang::Type::Stack& how) {
    const auto addresses = frames(id, how);
    if (!addresses) return std::nullopt;
    std::vector<model::CodePlace> places;
    for (const uint64_t address : *addresses) places.push_back(user_symbol(address, pid));
    return places;
}

std::string RunningResolver::user_name(uint32_t uid) {
    std::array<char, 4096> room{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(uid, &entry, room.data(), room.size(), &found);
    return found ? found->pw_name : "";
}

std::string RunningResolver::cgroup_path(uint64_t id) {
    return cgroup_by_handle(id);
}

std::string RunningResolver::probe_name(uint64_t index) {
    return index < plan_.names.size() ? plan_.names[index] : "";
}

std::string RunningResolver::composed(const model::Formatted& what) {
    return format_ ? format_(what) : what.format;
}

uint64_t RunningResolver::realtime_of_boot(uint64_t boot_ns) {
    return clock_.realtime_ns + boot_ns - clock_.boot_ns;
}

}  // namespace knowhy::collect
