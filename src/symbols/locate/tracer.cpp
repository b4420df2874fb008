// What is at a location, in the languages of those who read it while the kernel runs.
#include <dwarf.h>
#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/text.h"
#include "symbols/locate/value.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

std::string with_offset(const std::string& base, int64_t offset) {
    if (offset == 0) return base;
    return fmt::format("{} {} {}", base, offset < 0 ? '-' : '+', offset < 0 ? -offset : offset);
}

bool is_scalar(uint64_t bytes) {
    return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

// An address that is had from pointer to pointer.
struct Walk {
    Register start = 0;
    std::vector<int64_t> offsets;  // from each pointer; the last leads to the variable
};

// nullopt: it is computed in another way.
std::optional<Walk> walk_of(const std::vector<ExpressionOp>& ops) {
    if (ops.empty() || ops.front().atom != DW_OP_bregx || ops.front().number >= kRegisters) {
        return std::nullopt;
    }
    Walk walk{static_cast<Register>(ops.front().number),
              {static_cast<int64_t>(ops.front().number2)}};
    for (size_t i = 1; i < ops.size(); ++i) {
        const bool sum =
            ops[i].atom == DW_OP_consts && i + 1 < ops.size() && ops[i + 1].atom == DW_OP_plus;
        if (ops[i].atom == DW_OP_deref) {
            walk.offsets.push_back(0);
        } else if (ops[i].atom == DW_OP_plus_uconst || sum) {
            walk.offsets.back() += static_cast<int64_t>(ops[i].number);
            i += sum ? 1 : 0;
        } else {
            return std::nullopt;
        }
    }
    return walk;
}

std::string signed_hex(int64_t number) {
    const auto unsigned_number = static_cast<uint64_t>(number);
    return (number < 0 ? "-" : "+") + hex(number < 0 ? 0 - unsigned_number : unsigned_number);
}

}  // namespace

// Of x86's old eight without the 'r'.
std::string tracer_register(Arch arch, Register number) {
    const std::string name = register_name(arch, number);
    const bool old_eight = arch == Arch::X86_64 && name.size() == 3 && name[0] == 'r' &&
                           (name[1] < '0' || name[1] > '9');
    return old_eight ? name.substr(1) : name;
}

std::string fetch_argument(const Location& location, Arch arch, uint64_t bytes) {
    if (!is_scalar(bytes)) return "";
    const std::string type = fmt::format(":x{}", bytes * 8);
    if (location.kind == Kind::InRegister) return "%" + tracer_register(arch, location.base) + type;
    if (location.kind != Kind::InMemory && location.kind != Kind::Computed) return "";
    const auto walk = walk_of(location.expression);
    if (!walk) return "";
    std::string argument = "%" + tracer_register(arch, walk->start);
    for (const int64_t offset : walk->offsets) {
        argument = fmt::format("{}({})", signed_hex(offset), argument);
    }
    return argument + type;
}

std::string bpftrace_expression(const Location& location, Arch arch, uint64_t bytes) {
    const auto start = [&](Register base) {
        return fmt::format("reg(\"{}\")", tracer_register(arch, base));
    };
    if (location.kind == Kind::InMemory || location.kind == Kind::Computed) {
        const auto walk = walk_of(location.expression);
        if (!walk) return "";
        std::string address = with_offset(start(walk->start), walk->offsets.front());
        for (size_t i = 1; i < walk->offsets.size(); ++i) {
            address = with_offset(fmt::format("*(uint64 *)({})", address), walk->offsets[i]);
        }
        // Of a struct or array its address is what one wants.
        return is_scalar(bytes) ? fmt::format("*(uint{} *)({})", bytes * 8, address) : address;
    }
    std::string value;
    if (location.kind == Kind::InRegister) value = start(location.base);
    if (location.kind == Kind::Value && location.simple) {
        value = with_offset(start(location.base), location.offset);
    }
    if (value.empty() || !is_scalar(bytes)) return "";
    return bytes == 8 ? value : fmt::format("(uint{})({})", bytes * 8, value);
}

}  // namespace knowhy::symbols
