#include "render/json/checkup.h"

#include "render/json/values.h"

namespace knowhy::render {

std::string checkup_json(const model::Checkup& checkup) {
    Json groups = Json::array();
    for (const model::CheckGroup& group : checkup.groups) {
        Json checks = Json::array();
        for (const model::Check& check : group.checks) {
            checks.push_back({{"name", check.name},
                              {"works", check.works ? Json(*check.works) : Json(nullptr)},
                              {"found", text_or_null(check.found)},
                              {"cost", text_or_null(check.cost)},
                              {"remedy", text_or_null(check.remedy)}});
        }
        groups.push_back({{"title", group.title}, {"checks", checks}});
    }
    return json_line({{"type", "doctor"},
                      {"kernel", checkup.kernel_release},
                      {"machine", checkup.machine},
                      {"build_id", text_or_null(checkup.build_id)},
                      {"max_cpu_percent", checkup.max_cpu_percent},
                      {"groups", groups},
                      {"points", points_json(checkup.points)},
                      {"points_problem", text_or_null(checkup.points_problem)}});
}

}  // namespace knowhy::render
