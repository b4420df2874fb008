// What the kernel's verifier said, in plain words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace knowhy::bpf {

struct Verdict {
    std::optional<size_t> slot;  // the instruction that it stopped at, as the kernel counts them
    std::string reason;          // in our words where they are known, else the log's last complaint
};

// Reads a log of level 1. "" as the reason when there is nothing in it.
Verdict read_verifier_log(std::string_view log);

}  // namespace knowhy::bpf
