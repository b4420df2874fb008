// For tests: a command run as main() runs it, with what it wrote.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/command.h"

namespace knowhy::cli::testing {

// A folder that goes with the test, and a command whose -o is a file in it.
class CommandTest : public ::testing::Test {
  protected:
    CommandTest() {
        if (::mkdtemp(folder_.data()) == nullptr) std::abort();
    }
    ~CommandTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }
    std::string file_with(const std::string& name, const std::string& contents) const {
        std::ofstream(file(name), std::ios::binary) << contents;
        return file(name);
    }
    [[nodiscard]] static std::string contents(const std::string& path) {
        return read_file(path, 1UL << 24U).value_or("");
    }

    // The exit status; what was written is in output() afterwards.
    Result<int> run(Command (*add)(CLI::App&), std::vector<std::string> arguments) {
        CLI::App program;
        const Command command = add(program);
        arguments.insert(arguments.begin(), command.app->get_name());
        arguments.insert(arguments.end(), {"-o", file("output")});
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
        program.parse(arguments);
        return command.run();
    }
    [[nodiscard]] std::string output() const { return contents(file("output")); }

  private:
    std::string folder_ = "/tmp/knowhy-command-XXXXXX";
};

}  // namespace knowhy::cli::testing
