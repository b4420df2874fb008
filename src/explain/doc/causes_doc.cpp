// Prints docs/causes.md from the registry: knowhy_causes_doc > docs/causes.md
#include <fmt/format.h>

#include "explain/explain.h"

namespace {

constexpr const char* kHead =
    R"(<!-- Made by knowhy_causes_doc from src/explain. Change the causes, then `ninja causes_doc`. -->
# Causes

Every cause that `knowhy` can name: what it needs to know, and how sure it is then. A packet that
none of them explains is reported as "unknown, at FUNCTION", with the kernel's own reason if it gave
one. Certain means that nothing else explains what was seen; likely, that a fact is missing, or that
the cause was worked out from the packet and the host's state alone. On a kernel where only
tracepoints can be had, that is the usual grade, unless the kernel's own reason names the cause.

Each is shown by the lab case of its name, a sick recipe and a clean one: `lab/run NAME`.
)";

void print(const knowhy::explain::CauseInfo& cause) {
    fmt::print("\n## {}\n\n{}.\n\n- **Needs** {}.\n- **Sure** {}.\n", cause.id, cause.title,
               cause.facts, cause.certainty);
    if (cause.lab_case.empty()) fmt::print("- **Case** none: the lab cannot show it.\n");
    if (!cause.lab_case.empty()) fmt::print("- **Case** `{}`.\n", cause.lab_case);
}

}  // namespace

int main() {
    fmt::print("{}", kHead);
    for (const auto& cause : knowhy::explain::catalogue()) print(cause);
    return 0;
}
