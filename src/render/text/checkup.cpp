#include "render/text/checkup.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

constexpr unsigned kNameColumns = 27;

void add_check(Sheet& sheet, const model::Check& check) {
    if (!check.works) {
        sheet.row(escaped(check.name), escaped(check.found));
        return;
    }
    sheet.row(escaped(check.name),
              fmt::format("{:<3} {}", *check.works ? "yes" : "no", escaped(check.found)),
              *check.works ? Ink::Plain : Ink::Yellow);
    if (*check.works) return;
    if (!check.cost.empty()) sheet.row("", "costs: " + escaped(check.cost));
    if (!check.remedy.empty()) sheet.row("", "to get it: " + escaped(check.remedy));
}

// The points, rung by rung; then those that are off, by why.
void add_points(Sheet& sheet, const model::Checkup& checkup) {
    if (!checkup.points_problem.empty()) {
        sheet.row("none", "could not be tried: " + escaped(checkup.points_problem), Ink::Yellow);
        return;
    }
    std::map<std::string, std::string> armed;
    std::map<std::string, std::string> off;
    for (const model::PointStatus& point : checkup.points) {
        std::string& names = point.rung.empty()
                                 ? off[point.why.empty() ? "no reason given" : point.why]
                                 : armed[point.rung];
        names += (names.empty() ? "" : ", ") + escaped(point.point);
    }
    for (const auto& [rung, names] : armed) sheet.row(escaped(rung), names);
    for (const auto& [why, names] : off) {
        sheet.row("off", fmt::format("{}:", escaped(why)), Ink::Yellow);
        sheet.row("", names);
    }
    if (!off.empty()) {
        sheet.row("",
                  "costs: causes that rest on these points are worked out from the packet and "
                  "the host's state, and are \"likely\" unless the kernel's own reason names "
                  "them");
    }
}

}  // namespace

std::string checkup_text(const model::Checkup& checkup, const TextOptions& options) {
    Sheet sheet(options, kNameColumns);
    sheet.head("knowhy doctor", Ink::Bold,
               fmt::format("{} on {}", escaped(checkup.kernel_release), escaped(checkup.machine)));
    for (const model::CheckGroup& group : checkup.groups) {
        sheet.blank();
        sheet.title(escaped(group.title));
        for (const model::Check& check : group.checks) add_check(sheet, check);
    }
    sheet.blank();
    const auto armed = std::count_if(checkup.points.begin(), checkup.points.end(),
                                     [](const auto& point) { return !point.rung.empty(); });
    const std::string title = "Deciding points of `knowhy drops`";
    sheet.title(checkup.points_problem.empty()
                    ? fmt::format("{}: {} of {} can be armed", title, armed, checkup.points.size())
                    : title);
    add_points(sheet, checkup);
    sheet.blank();
    sheet.title(fmt::format("A live command sheds details above {:g} % of one CPU (--max-cpu)",
                            checkup.max_cpu_percent));
    return sheet.take();
}

}  // namespace knowhy::render
