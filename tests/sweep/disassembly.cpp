// Reads `objdump -d -w` of any file on stdin and decodes the same bytes: where instructions end and
// where direct jumps and calls go must agree. Prints the first differences and the sums; exits with
// 1 when there are any besides what this decoder does not know.
//
//   objdump -d -w vmlinux | disassembly x86|arm64|riscv|mips64
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <string>

#include "base/text.h"
#include "symbols/disasm/disasm.h"

namespace {

using namespace knowhy;           // NOLINT(google-build-using-namespace): a program of one file
using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

struct Line {
    uint64_t address = 0;
    std::vector<uint8_t> bytes;
    std::string text;
};

// A group of digits is a number: one byte on x86, the whole instruction elsewhere.
void append_group(std::vector<uint8_t>& bytes, std::string_view group, bool big_endian) {
    const size_t first = bytes.size();
    for (size_t i = 0; i + 1 < group.size(); i += 2) {
        bytes.push_back(static_cast<uint8_t>(parse_u64(group.substr(i, 2), 16).value_or(0)));
    }
    if (!big_endian) std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end());
}

// "ffffffff81000000:\t48 8d 25 51 3f 60 01 \tlea    0x1603f51(%rip),%rsp".
std::optional<Line> parse_line(const std::string& raw, const Machine& machine) {
    const auto parts = split(raw, '\t');
    const std::string_view number = trimmed(parts[0]);
    if (parts.size() < 3 || !number.ends_with(':')) return std::nullopt;
    const auto address = parse_u64(number.substr(0, number.size() - 1), 16);
    if (!address) return std::nullopt;
    Line line{*address, {}, std::string(parts[2])};
    for (size_t i = 3; i < parts.size(); ++i) line.text += fmt::format(" {}", parts[i]);
    for (const std::string_view group : split_whitespace(parts[1])) {
        append_group(line.bytes, group, machine.big_endian);
    }
    return line;
}

class Sweep {
  public:
    explicit Sweep(Machine machine) : decoder_(Decoder::open(machine).value()) {}

    void add(const Line& line) {
        // More bytes than the instruction has: a decoder that takes them shows it.
        std::vector<uint8_t> bytes = line.bytes;
        bytes.resize(16, 0x90);
        const Instruction found = decoder_.decode(bytes, line.address);
        ++sums_["instructions"];
        if (is_unsure(line.text)) {
            ++sums_["not known to objdump"];
        } else if (found.kind == Instruction::Kind::Undecoded) {
            count("undecoded", line);
        } else if (found.length != line.bytes.size()) {
            count("length", line);
        } else if (found.target &&
                   line.text.find(fmt::format("{:x}", *found.target)) == std::string::npos) {
            count("target", line);
        } else if (decoder_.text(bytes, line.address, nullptr).starts_with(".byte")) {
            ++sums_["not printed"];
        }
    }

    [[nodiscard]] int report() {
        for (const auto& [what, number] : sums_) fmt::print("{}: {}\n", what, number);
        return sums_["length"] + sums_["target"] == 0 ? 0 : 1;
    }

  private:
    // A symbol in the middle of an instruction makes objdump print it in pieces.
    static bool is_unsure(std::string_view text) {
        return text.find("(bad)") != std::string_view::npos || text.starts_with(".byte") ||
               text.starts_with("rex");
    }

    void count(const std::string& what, const Line& line) {
        constexpr uint64_t kShown = 20;
        if (++sums_[what] > kShown) return;
        fmt::print("{} {:x}: {:02x} {}\n", what, line.address, fmt::join(line.bytes, ""),
                   line.text);
    }

    Decoder decoder_;
    std::map<std::string, uint64_t> sums_;
};

std::optional<Machine> machine_named(std::string_view name) {
    constexpr uint32_t kOcteon = 0x808b0000;
    if (name == "x86") return Machine{Arch::X86_64, false, 0};
    if (name == "arm64") return Machine{Arch::Arm64, false, 0};
    if (name == "riscv") return Machine{Arch::Riscv64, false, 0};
    if (name == "mips64") return Machine{Arch::Mips64, true, kOcteon};
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    const auto machine = machine_named(argc == 2 ? argv[1] : "");
    if (!machine) {
        fmt::print(stderr, "usage: objdump -d -w FILE | disassembly x86|arm64|riscv|mips64\n");
        return 2;
    }
    Sweep sweep(*machine);
    for (std::string raw; std::getline(std::cin, raw);) {
        if (const auto line = parse_line(raw, *machine)) sweep.add(*line);
    }
    return sweep.report();
}
