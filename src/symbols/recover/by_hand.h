// For tests: one function of a few instructions, and a variable in it.
#pragma once

#include <dwarf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "symbols/disasm/testing.h"
#include "symbols/recover/recover.h"

namespace knowhy::symbols::testing {
constexpr uint64_t kStart = 0x1000;
constexpr Register kRax = 0;
constexpr Register kRbx = 3;
constexpr Register kRsi = 4;
constexpr Register kRdi = 5;
constexpr Register kRsp = 7;
constexpr DieOffset kWatched = 1;
constexpr uint64_t kFromTheStart = -kStart;  // a variable hidden whole

inline Location in_register(Register reg) {
    return classified({{DW_OP_regx, reg, 0}});
}
inline Location entry_value(Register reg) {
    return classified({{DW_OP_entry_value, reg, 0}, {DW_OP_stack_value, 0, 0}});
}

// One function with one variable, `watched`, 8 bytes wide unless a test says otherwise.
class ByHand : public ::testing::Test {
  protected:
    ByHand() {
        Type number;
        number.kind = Type::Kind::Integer;
        number.bytes = 8;
        type_ = types_.add(number);
    }
    void code(std::string_view hex) {
        bytes_ = testing::from_hex(hex);
        const CodeRange range{kStart, bytes_};
        code_ = build_code(Decoder::open({Arch::X86_64, false, 0}).value(), {&range, 1}, {});
    }
    // The end is beyond the code: everywhere from there on.
    void located(uint64_t from, uint64_t to, Location location) {
        ranges_.push_back({kStart + from, kStart + to, std::move(location)});
    }
    Recovered at(uint64_t offset, std::optional<uint64_t> unknown_from = {}) {
        Variable variable;
        variable.name = "watched";
        variable.die = kWatched;
        variable.parameter = parameter_;
        variable.type = type_;
        variable.ranges = ranges_;
        variable.declared = {"here.c", 10, 0};
        variables_ = first_;
        variables_.push_back(variable);
        variables_.insert(variables_.end(), others_.begin(), others_.end());
        UnknownFrom unknown;
        if (unknown_from) unknown[kWatched] = kStart + *unknown_from;
        return Recovery(code_, variables_, types_, unknown, rows_).at(kStart + offset, kWatched);
    }
    // Another variable of the same function.
    void other(uint64_t from, uint64_t to, Location location) {
        Variable variable;
        variable.die = kWatched + 1 + others_.size();
        variable.type = type_;
        variable.ranges = {{kStart + from, kStart + to, std::move(location)}};
        others_.push_back(std::move(variable));
    }
    void statement(uint64_t offset, uint32_t line) {
        rows_.push_back({kStart + offset, {"here.c", line, 0}, true});
    }
    void width(uint64_t bytes) { types_.edit(type_).bytes = bytes; }

    Types types_;
    TypeId type_ = kVoid;
    bool parameter_ = true;
    std::vector<uint8_t> bytes_;
    Code code_;
    std::vector<Variable> variables_;
    std::vector<Variable> first_;
    std::vector<Variable> others_;
    std::vector<LineRow> rows_;
    std::vector<LocatedRange> ranges_;
};

// push %rbx; mov %rdi,%rbx; call +0; pop %rbx; ret
constexpr std::string_view kKept = "53 4889fb e800000000 5b c3";

}  // namespace knowhy::symbols::testing
