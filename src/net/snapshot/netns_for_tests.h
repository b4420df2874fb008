// A network namespace of a test's own, and commands that run inside it. It goes away with the test.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "host/netns.h"
#include "host/netns_setup.h"
#include "net/snapshot/snapshot.h"

namespace knowhy::net::test {

class NetnsTest : public testing::Test {
  protected:
    void SetUp() override {
        auto made = host::create_netns();
        if (!made && made.error().kind == ErrorKind::Privilege)
            GTEST_SKIP() << "making a network namespace needs root";
        ASSERT_TRUE(made) << made.error().message;
        netns_ = std::move(*made);
        ASSERT_TRUE(try_run("ip link set lo up"));
    }

    // Runs a line of shell inside the namespace; what it prints.
    std::string output(const std::string& line, int* status = nullptr) {
        std::string text;
        const auto done = host::in_netns(netns_.fd.get(), [&]() -> Status {
            FILE* pipe = ::popen(line.c_str(), "r");  // NOLINT(cert-env33-c): fixed lines
            if (pipe == nullptr) return fail_errno(errno, "popen");
            std::array<char, 4096> buffer{};
            while (const size_t got = fread(buffer.data(), 1, buffer.size(), pipe))
                text.append(buffer.data(), got);
            const int result = ::pclose(pipe);
            if (status != nullptr) *status = result;
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return text;
    }
    // Some kernels lack a part of what the scenes are built from: then that part is not compared.
    bool try_run(const std::string& line) {
        int status = -1;
        output("(" + line + ") >/dev/null 2>&1", &status);
        return status == 0;
    }
    void run(const std::string& line) {
        int status = -1;
        const std::string text = output(line + " 2>&1", &status);
        ASSERT_EQ(status, 0) << line << ": " << text;
    }
    nlohmann::json ask(const std::string& line) {
        const std::string text = output(line);
        return trimmed(text).empty() ? nlohmann::json::array() : nlohmann::json::parse(text);
    }
    model::NetnsState look() {
        auto state = read_netns(netns_);
        EXPECT_TRUE(state) << state.error().message;
        for (const std::string& problem : state->problems) ADD_FAILURE() << problem;
        EXPECT_TRUE(state->complete);
        return std::move(*state);
    }
    model::Counters counters() {
        auto read = read_netns_counters(netns_);
        EXPECT_TRUE(read) << read.error().message;
        return std::move(*read);
    }

    host::Netns netns_;
};

}  // namespace knowhy::net::test
