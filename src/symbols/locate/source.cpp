#include "symbols/locate/source.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

namespace knowhy::symbols {
namespace {

constexpr size_t kLargestSource = 16UL * 1024 * 1024;

bool is_file(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// "/build/linux-6.1/net/core/dev.c", "build/linux-6.1/net/core/dev.c", ..., "core/dev.c".
std::vector<std::string> names_of(const std::string& file) {
    std::vector<std::string> names = {file};
    if (!file.starts_with('/')) return names;
    for (size_t at = file.find('/'); at != std::string::npos; at = file.find('/', at + 1)) {
        if (file.find('/', at + 1) != std::string::npos) names.push_back(file.substr(at + 1));
    }
    return names;
}

}  // namespace

const std::vector<std::string>& SourceText::lines_of(const std::string& file) {
    const auto [known, is_new] = files_.try_emplace(file);
    if (!is_new) return known->second;
    for (const std::string& directory : directories_) {
        for (const std::string& name : names_of(file)) {
            const std::string path = directory + '/' + name;
            if (!is_file(path)) continue;
            const auto text = read_file(path, kLargestSource);
            if (!text) continue;
            for (const std::string_view line : split(*text, '\n')) {
                known->second.emplace_back(trimmed(line));
            }
            return known->second;
        }
    }
    return known->second;
}

std::string SourceText::line(const std::string& file, uint32_t number) {
    if (file.empty() || number == 0) return "";
    const auto& lines = lines_of(file);
    return number <= lines.size() ? lines[number - 1] : "";
}

}  // namespace knowhy::symbols
