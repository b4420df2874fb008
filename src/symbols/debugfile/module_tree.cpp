#include "symbols/debugfile/module_tree.h"

#include <algorithm>
#include <filesystem>

namespace knowhy::symbols {
namespace {

constexpr std::string_view kSuffixes[] = {".ko", ".ko.xz", ".ko.zst", ".ko.gz", ".ko.debug"};

size_t suffix_of(std::string_view file) {
    for (const std::string_view suffix : kSuffixes) {
        if (file.ends_with(suffix)) return suffix.size();
    }
    return 0;
}

}  // namespace

std::string module_name(std::string_view file) {
    file.remove_suffix(suffix_of(file));
    std::string name(file.substr(file.rfind('/') + 1));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

std::multimap<std::string, std::string> modules_below(const std::string& directory) {
    namespace fs = std::filesystem;
    std::multimap<std::string, std::string> found;
    std::error_code error;
    fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied,
                                        error);
    // Deeper than this no kernel's modules are: a bind mount of itself must not be walked forever.
    constexpr int kMaxDepth = 16;
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (at.depth() > kMaxDepth) at.disable_recursion_pending();
        const std::string& path = at->path().native();
        if (suffix_of(path) != 0) found.emplace(module_name(path), path);
    }
    return found;
}

}  // namespace knowhy::symbols
