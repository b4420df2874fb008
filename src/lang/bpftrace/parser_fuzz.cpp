// A script of any bytes: read, its macros expanded, the tree and every message as text.
#include <cstdlib>

#include "lang/bpftrace/macros.h"
#include "lang/bpftrace/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace knowhy::lang;
    const Source source("fuzz.bt", {reinterpret_cast<const char*>(data), size});
    Diagnostics diagnostics;
    std::optional<Script> script = bpftrace::parse(source, diagnostics);
    if (script.has_value() == diagnostics.has_error()) std::abort();
    if (script) {
        to_text(*script);
        bpftrace::expand_macros(*script, diagnostics);
        to_text(*script);
    }
    for (const Diagnostic& each : diagnostics.all()) to_text(source, each);
    return 0;
}
