#include "lang/sema/reference.h"

#include "lang/sema/builtins.h"
#include "lang/sema/functions.h"
#include "lang/sema/probes.h"
#include "lang/sema/tapset.h"

namespace knowhy::lang {
namespace {

// What the tables say of what is there only to be refused.
bool is_supported(std::string_view what) {
    return what.find("not supported") == std::string_view::npos;
}

std::vector<ReferenceEntry> entries_of(const std::vector<FunctionInfo>& functions) {
    std::vector<ReferenceEntry> entries;
    for (const FunctionInfo& each : functions) {
        std::string what(each.what);
        if (each.unsafe) what += "; only with --unsafe";
        entries.push_back({std::string(each.name), std::string(each.form), std::move(what),
                           is_supported(each.what)});
    }
    return entries;
}

}  // namespace

std::vector<ReferenceEntry> builtin_reference() {
    std::vector<ReferenceEntry> entries;
    for (const Builtin& each : builtins())
        entries.push_back({std::string(each.name), std::string(each.type), std::string(each.what),
                           is_supported(each.what)});
    entries.push_back({"arg0 ... arg9", "uint64", "the arguments by their place, without types"});
    return entries;
}

std::vector<ReferenceEntry> function_reference() {
    return entries_of(functions());
}

std::vector<ReferenceEntry> tapset_reference() {
    return entries_of(tapset());
}

std::vector<ReferenceEntry> probe_reference() {
    std::vector<ReferenceEntry> entries;
    for (const ProviderName& each : provider_names()) {
        std::string name(each.name);
        if (!each.alias.empty()) name += ", " + std::string(each.alias);
        entries.push_back({std::move(name), std::string(each.form), std::string(each.what),
                           is_supported(each.what)});
    }
    return entries;
}

}  // namespace knowhy::lang
