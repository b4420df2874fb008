// Prints docs/diagnoses.md from the rules: knowhy_diagnoses_doc > docs/diagnoses.md
#include <fmt/format.h>

#include "explain/diagnose/diagnose.h"

namespace {

constexpr const char* kHead =
    R"(<!-- Made by knowhy_diagnoses_doc from src/explain/diagnose. Change the rules, then
`ninja diagnoses_doc`. -->
# Diagnoses

Every rule of `knowhy diagnose`: what it looks at, and how sure it is then. Certain means that the state
itself shows it; likely, that a fact is missing, or that the state makes possible what traffic would
have to show. A rule whose facts could not be read says nothing. `knowhy diagnose --explain RULE` prints
one of them.

A rule with a case is shown by the lab: a sick recipe in which it must be found, on the right device, and
a clean one in which `diagnose` must find no fault at all: `lab/run diagnose-RULE`.
)";

void print(const knowhy::explain::RuleInfo& rule) {
    fmt::print("\n## {}\n\n{}. {}.\n\n- **Needs** {}.\n- **Sure** {}.\n", rule.id, rule.title,
               rule.remedy, rule.facts, rule.certainty);
    if (rule.lab_case.empty()) fmt::print("- **Case** none: the lab cannot show it.\n");
    if (!rule.lab_case.empty()) fmt::print("- **Case** `diagnose-{}`.\n", rule.lab_case);
}

}  // namespace

int main() {
    fmt::print("{}", kHead);
    for (const auto& rule : knowhy::explain::diagnoses()) print(rule);
    return 0;
}
