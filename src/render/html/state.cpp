#include "render/html/state.h"

#include <fmt/format.h>

#include "base/text.h"
#include "render/html/markup.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

std::string problems_html(const model::NetnsState& state) {
    std::string text;
    for (const std::string& problem : state.problems) {
        text += fmt::format("<p class=\"bad\">not read: {}</p>\n", html(problem));
    }
    return text;
}

}  // namespace

std::string device_name(const model::NetnsState& state, uint32_t ifindex) {
    if (ifindex == 0) return {};
    const model::Link* link = state.link(ifindex);
    return link != nullptr ? link->name : fmt::format("ifindex {}", ifindex);
}

std::string counters_html(const model::Counters& before, const model::Counters& after) {
    Table table("counters that moved", {"counter", "#before", "#after", "#change"});
    for (const auto& [name, value] : after) {
        const auto earlier = before.find(name);
        if (earlier == before.end() || earlier->second == value) continue;
        table.row({name, fmt::to_string(earlier->second), fmt::to_string(value),
                   fmt::format("{:+}", static_cast<int64_t>(value - earlier->second))});
    }
    return table.take(true);
}

std::string namespace_html(const model::NetnsState& state) {
    const std::string name = state.name.empty()
                                 ? fmt::format("Namespace {}", state.inum)
                                 : fmt::format("Namespace {} ({})", html(state.name), state.inum);
    return fmt::format("<div class=\"namespace\">\n<h3>{}</h3>\n{}{}{}{}{}</div>\n", name,
                       problems_html(state), counters_html(state.before, state.after),
                       links_html(state), network_html(state), filters_html(state));
}

std::string host_html(const model::HostState& host) {
    Table modules("modules", {"module"});
    for (const std::string& module : host.modules) modules.row({module});
    const std::string tables = counters_html(host.before, host.after) + modules.take();
    if (tables.empty()) return {};
    return fmt::format("<div class=\"namespace\">\n<h3>The host</h3>\n{}</div>\n", tables);
}

}  // namespace knowhy::render
