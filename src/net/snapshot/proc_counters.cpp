#include "net/snapshot/proc_counters.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"

namespace knowhy::net {
namespace {

struct Column {
    size_t index;
    std::string_view name;
};

// net/core/net-procfs.c, softnet_seq_show(). What lies between is always zero by now.
constexpr Column kSoftnet[] = {
    {0, "processed"}, {1, "dropped"}, {2, "time_squeeze"}, {9, "received_rps"}, {10, "flow_limit"}};
constexpr size_t kSoftnetCpu = 12;

}  // namespace

void add_paired_lines(std::string_view text, std::string_view file, model::Counters& to) {
    std::vector<std::string_view> names;
    for (const std::string_view line : split(text, '\n')) {
        auto fields = split_whitespace(line);
        if (fields.size() < 2 || !fields[0].ends_with(':')) continue;
        if (names.empty() || names[0] != fields[0]) {
            names = std::move(fields);
            continue;
        }
        const std::string_view family = fields[0].substr(0, fields[0].size() - 1);
        for (size_t i = 1; i < std::min(names.size(), fields.size()); ++i) {
            if (const auto value = parse_u64(fields[i]))
                to[fmt::format("{}.{}.{}", file, family, names[i])] = *value;
        }
        names.clear();
    }
}

void add_snmp6(std::string_view text, model::Counters& to) {
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = split_whitespace(line);
        if (fields.size() != 2) continue;
        if (const auto value = parse_u64(fields[1]))
            to[fmt::format("snmp6.{}", fields[0])] = *value;
    }
}

void add_sockstat(std::string_view text, model::Counters& to) {
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = split_whitespace(line);
        if (fields.empty() || !fields[0].ends_with(':')) continue;
        const std::string_view family = fields[0].substr(0, fields[0].size() - 1);
        const std::string prefix = family == "FRAG"      ? "frag"
                                   : family == "FRAG6"   ? "frag6"
                                   : family == "sockets" ? "sockets"
                                                         : fmt::format("sockets.{}", family);
        for (size_t i = 1; i + 1 < fields.size(); i += 2) {
            if (const auto value = parse_u64(fields[i + 1]))
                to[fmt::format("{}.{}", prefix, fields[i])] = *value;
        }
    }
}

void add_per_cpu_table(std::string_view text, std::string_view prefix, model::Counters& to) {
    const auto lines = split(text, '\n');
    const auto names = split_whitespace(lines.front());
    for (size_t cpu = 1; cpu < lines.size(); ++cpu) {
        const auto fields = split_whitespace(lines[cpu]);
        for (size_t i = 0; i < std::min(names.size(), fields.size()); ++i) {
            const auto value = parse_u64(fields[i], 16);
            if (value && names[i] != "entries")
                to[fmt::format("{}.{}", prefix, names[i])] += *value;
        }
    }
}

void add_neighbour_table(std::string_view text, std::string_view prefix, model::Counters& to) {
    add_per_cpu_table(text, prefix, to);
    const auto lines = split(text, '\n');
    if (lines.size() < 2) return;
    const auto fields = split_whitespace(lines[1]);
    if (fields.empty() || !lines[0].starts_with("entries")) return;
    if (const auto entries = parse_u64(fields[0], 16))
        to[fmt::format("{}.entries", prefix)] = *entries;
}

void add_softnet(std::string_view text, model::Counters& to) {
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = split_whitespace(line);
        // Older kernels did not say which CPU's line it is, and left out those that are offline.
        const auto cpu = fields.size() > kSoftnetCpu ? parse_u64(fields[kSoftnetCpu], 16)
                                                     : std::optional<uint64_t>();
        for (const auto& [index, name] : kSoftnet) {
            const auto value =
                index < fields.size() ? parse_u64(fields[index], 16) : std::optional<uint64_t>();
            if (!value) continue;
            to[fmt::format("softnet.{}", name)] += *value;
            if (cpu) to[fmt::format("softnet.cpu{}.{}", *cpu, name)] = *value;
        }
    }
}

}  // namespace knowhy::net
