// The text of source lines, where the source is installed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::symbols {

class SourceText {
  public:
    explicit SourceText(std::vector<std::string> directories)
        : directories_(std::move(directories)) {}

    // Without its indent; "" where the file or the line is not there. `file` as debug information
    // names it: of an absolute name, every tail is looked for too.
    std::string line(const std::string& file, uint32_t number);

  private:
    const std::vector<std::string>& lines_of(const std::string& file);

    std::vector<std::string> directories_;
    std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace knowhy::symbols
