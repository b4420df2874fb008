#include "lang/tapset/aliases.h"

#include <algorithm>
#include <set>
#include <string>

#include "lang/stap/parser.h"

namespace knowhy::lang::tapset_points {
namespace {

std::string name_of(const ProbePoint& point) {
    std::string name;
    for (const ProbePoint::Part& part : point.parts) name += (name.empty() ? "" : ".") + part.name;
    return name;
}

std::string family_of(std::string_view name) {
    return std::string(name.substr(0, name.find('.')));
}

}  // namespace

const std::vector<Alias>& aliases() {
    static const std::vector<Alias> kAll = [] {
        std::vector<Alias> all;
        for (auto& table : {network_aliases(), socket_aliases(), event_aliases()})
            all.insert(all.end(), table.begin(), table.end());
        std::ranges::sort(all, {}, &Alias::name);
        return all;
    }();
    return kAll;
}

std::vector<ProbeAlias> parsed(const Alias& alias) {
    const Source source("tapset",
                        "probe " + std::string(alias.name) + " = " + std::string(alias.text));
    Diagnostics diagnostics;
    auto script = stap::parse(source, {}, diagnostics);
    if (!script) return {};
    for (ProbeAlias& each : script->aliases) each.from_tapset = true;
    return std::move(script->aliases);
}

void add_aliases(Script& script) {
    std::set<std::string> families;
    const auto look = [&](const std::vector<ProbePoint>& points) {
        for (const ProbePoint& point : points) families.insert(point.parts.front().name);
    };
    std::set<std::string> own;
    for (const ProbeAlias& each : script.aliases) {
        own.insert(name_of(each.name));
        look(each.probe.points);
    }
    for (const Probe& each : script.probes) look(each.points);
    for (const Alias& alias : aliases()) {
        if (!families.contains(family_of(alias.name)) || own.contains(std::string(alias.name)))
            continue;
        for (ProbeAlias& each : parsed(alias)) script.aliases.push_back(std::move(each));
    }
}

}  // namespace knowhy::lang::tapset_points
