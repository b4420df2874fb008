// Table tests that a person can read: a text file of cases, each a script and what has to come of
// it.
//
//     === a missing semicolon
//     BEGIN { @x = 1 exit() }
//     ---
//     test:1:15: error: KW1016: ...
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace knowhy::lang {

struct ScriptCase {
    std::string name;
    std::string script;
    std::string expected;
};

// `path` is relative to the project. Empty when it cannot be read; tests want a number of cases.
inline std::vector<ScriptCase> read_cases(const std::string& path) {
    std::ifstream file(std::string(KNOWHY_SOURCE_DIR) + "/" + path);
    std::vector<ScriptCase> cases;
    std::string* into = nullptr;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("=== ")) {
            into = &cases.emplace_back(ScriptCase{line.substr(4), {}, {}}).script;
        } else if (line == "---") {
            into = &cases.back().expected;
        } else if (into != nullptr) {
            *into += line + "\n";
        }
    }
    return cases;
}

inline std::string read_whole(const std::string& path) {
    const std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace knowhy::lang
