#include "symbols/kallsyms/rank.h"

#include <algorithm>
#include <array>

namespace knowhy::symbols {
namespace {

// Where the linker script ends a region (include/asm-generic/sections.h).
bool is_end_marker(std::string_view name) {
    constexpr std::array<std::string_view, 13> kMarkers = {
        "_etext",       "_einittext",          "_eexittext",     "_edata",     "_end",
        "__init_end",   "__inittext_end",      "__initdata_end", "__bss_stop", "__brk_limit",
        "__end_rodata", "__end_ro_after_init", "__per_cpu_end"};
    return name.starts_with("__stop_") ||
           std::find(kMarkers.begin(), kMarkers.end(), name) != kMarkers.end();
}

// A name that says "a region begins (or ends) here" and is not a thing of its own. Only used to
// rank aliases, so that a function whose name happens to look so loses nothing.
bool is_start_marker(std::string_view name) {
    constexpr std::array<std::string_view, 4> kMarkers = {"_text", "_stext", "_sinittext",
                                                          "_sdata"};
    return name.starts_with("__start_") ||
           (name.starts_with("__") && (name.ends_with("_start") || name.ends_with("_end"))) ||
           std::find(kMarkers.begin(), kMarkers.end(), name) != kMarkers.end();
}

bool is_one_of(char type, std::string_view types) {
    return types.find(type) != std::string_view::npos;
}

}  // namespace

bool is_text(char type) {
    return is_one_of(type, "tTwWi");
}

Rank rank_of(char type, std::string_view name) {
    const bool may_mark = name.starts_with('_');
    // End markers first: older kernels list _etext and _end as absolute, and they bound all the
    // same.
    if (may_mark && is_end_marker(name)) return kEndMarker;
    if (is_one_of(type, "aA")) return kAbsolute;
    if (may_mark && is_start_marker(name)) return kStartMarker;
    if (is_one_of(type, "wW")) return kWeakText;
    if (is_one_of(type, "vV")) return kWeakData;
    if (is_text(type)) return type == 't' ? kLocalText : kGlobalText;
    return type >= 'a' && type <= 'z' ? kLocalData : kGlobalData;
}

}  // namespace knowhy::symbols
