// A program that the kernel runs when it is told to (BPF_PROG_TEST_RUN of a raw tracepoint's
// program), in the calling thread, attached to nothing; what it found lies in memory shared with
// it.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::collect {

class TestRun {
  public:
    using Code = std::function<std::vector<bpf_insn>(int map)>;

    // `code` is made for the descriptor of an array map, whose only value has that many bytes.
    static Result<TestRun> load(const char* name, uint32_t value_bytes, const Code& code);
    TestRun(TestRun&& other) noexcept;
    TestRun& operator=(TestRun&& other) noexcept;
    ~TestRun();

    // Runs it with two numbers as its arguments; what it returned, or -1 where it did not run.
    [[nodiscard]] int run(std::array<uint64_t, 2> arguments) const;
    [[nodiscard]] std::span<const uint8_t> value() const { return value_; }

  private:
    TestRun(UniqueFd program, std::span<const uint8_t> value)
        : program_(std::move(program)), value_(value) {}

    UniqueFd program_;                // holds its map
    std::span<const uint8_t> value_;  // mapped
};

}  // namespace knowhy::collect
