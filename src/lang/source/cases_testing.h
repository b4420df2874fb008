// Table tests that a person can read: a text file of cases, each a script and what has to come of
// it.
//
//     === a missing semicolon
//     BEGIN { @x = 1 exit() }
//     ---
//     test:1:15: error: KW1016: ...
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
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

// Holds every case of the file to what `outcome` makes of its script. With KNOWHY_ACCEPT=1 in the
// environment the file is written anew instead, to be read in the diff.
template <typename Outcome>
void expect_cases(const std::string& path, size_t least, const Outcome& outcome) {
    const std::vector<ScriptCase> cases = read_cases(path);
    EXPECT_GE(cases.size(), least) << path;
    if (const char* const accept = std::getenv("KNOWHY_ACCEPT"); accept != nullptr) {
        std::ofstream file(std::string(KNOWHY_SOURCE_DIR) + "/" + path);
        for (const ScriptCase& each : cases)
            file << "=== " << each.name << "\n" << each.script << "---\n" << outcome(each.script);
        return;
    }
    for (const ScriptCase& each : cases)
        EXPECT_EQ(outcome(each.script), each.expected) << path << ": " << each.name;
}

inline std::string read_whole(const std::string& path) {
    const std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace knowhy::lang
