// A script of any bytes: read, the tree and every message as text.
#include <cstdlib>

#include "lang/stap/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace knowhy::lang;
    stap::Options options;
    options.value_of = [](std::string_view) { return "6.1.0"; };
    // Both ways to treat parameters.
    if (size > 0 && (data[0] & 1U) != 0) options.arguments = {{"x", "kernel.function(\"f\")"}};
    const Source source("fuzz.stp", {reinterpret_cast<const char*>(data), size});
    Diagnostics diagnostics;
    const std::optional<Script> script = stap::parse(source, options, diagnostics);
    if (script.has_value() == diagnostics.has_error()) std::abort();
    if (script) to_text(*script);
    for (const Diagnostic& each : diagnostics.all()) to_text(source, each);
    return 0;
}
