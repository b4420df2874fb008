// Locations in print.
#include <dwarf.h>
#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/text.h"
#include "symbols/dwarf/location.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

// An expression in print that is longer than this helps nobody (DW_OP_dup can double it each time).
constexpr size_t kMaxText = 200;

std::string name_of(Arch arch, uint64_t number) {
    if (number >= kRegisters) return fmt::format("r{}", number);
    const bool percent = arch == Arch::X86_64 || arch == Arch::I386;
    return (percent ? "%" : "") + register_name(arch, static_cast<Register>(number));
}

// Unsigned: the magnitude of the smallest number has no signed form.
uint64_t magnitude(int64_t value) {
    return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

std::string with_offset(std::string base, int64_t offset, bool in_hex) {
    if (offset == 0) return base;
    const uint64_t size = magnitude(offset);
    return base + (offset < 0 ? "-" : "+") + (in_hex ? hex(size) : std::to_string(size));
}

std::string_view operator_of(uint8_t atom) {
    switch (atom) {
        case DW_OP_plus:
            return "+";
        case DW_OP_minus:
            return "-";
        case DW_OP_mul:
            return "*";
        case DW_OP_div:
            return "/";
        case DW_OP_mod:
            return "%";
        case DW_OP_and:
            return "&";
        case DW_OP_or:
            return "|";
        case DW_OP_xor:
            return "^";
        case DW_OP_shl:
            return "<<";
        case DW_OP_shr:
        case DW_OP_shra:
            return ">>";
        case DW_OP_eq:
            return "==";
        case DW_OP_ne:
            return "!=";
        case DW_OP_lt:
            return "<";
        case DW_OP_le:
            return "<=";
        case DW_OP_gt:
            return ">";
        case DW_OP_ge:
            return ">=";
        default:
            return {};
    }
}

// Turns the operations into C, on a stack of texts.
class Infix {
  public:
    explicit Infix(Arch arch) : arch_(arch) {}

    // nullopt: something that C has no words for.
    std::optional<std::string> text(const std::vector<ExpressionOp>& ops) {
        for (const ExpressionOp& op : ops) {
            if (!take(op) || stack_.empty() || stack_.back().size() > kMaxText) return std::nullopt;
        }
        return stack_.back();
    }

  private:
    bool push(std::string text) {
        stack_.push_back(std::move(text));
        return true;
    }
    bool wrap(std::string_view before, std::string_view after) {
        if (stack_.empty()) return false;
        stack_.back() = fmt::format("{}{}{}", before, stack_.back(), after);
        return true;
    }
    bool join(std::string_view sign) {
        if (stack_.size() < 2) return false;
        const std::string right = std::move(stack_.back());
        stack_.pop_back();
        stack_.back() = fmt::format("({}{}{})", stack_.back(), sign, right);
        return true;
    }
    bool swap() {
        if (stack_.size() < 2) return false;
        std::swap(stack_.back(), stack_[stack_.size() - 2]);
        return true;
    }
    bool take(const ExpressionOp& op) {
        const auto number = static_cast<int64_t>(op.number);
        switch (op.atom) {
            case DW_OP_bregx:
                return push(with_offset(name_of(arch_, op.number), static_cast<int64_t>(op.number2),
                                        false));
            case DW_OP_entry_value:
                return op.number != kNoRegister && push(name_of(arch_, op.number) + "@entry");
            case DW_OP_consts:
                return push(std::to_string(number));
            case DW_OP_addr:
                return push(hex(op.number));
            case DW_OP_plus_uconst:
                return wrap("(", fmt::format("+{})", op.number));
            case DW_OP_deref:
                return wrap("*(", ")");
            case DW_OP_deref_size:
                return wrap(fmt::format("*(u{} *)(", op.number * 8), ")");
            case DW_OP_neg:
                return wrap("-(", ")");
            case DW_OP_not:
                return wrap("~(", ")");
            case DW_OP_dup:
                return !stack_.empty() && push(std::string(stack_.back()));
            case DW_OP_swap:
                return swap();
            case DW_OP_stack_value:
            case DW_OP_convert:
            case DW_OP_reinterpret:
            case DW_OP_nop:
                return true;
            default:
                break;
        }
        const std::string_view sign = operator_of(op.atom);
        return !sign.empty() && join(sign);
    }

    Arch arch_;
    std::vector<std::string> stack_;
};

std::string computed(const Location& location, Arch arch) {
    if (const auto text = Infix(arch).text(location.expression)) return *text;
    return fmt::format("computed by {}", counted(location.expression.size(), "operation"));
}

std::string pieces(const Location& location, Arch arch) {
    std::string text;
    std::vector<ExpressionOp> part;
    for (const ExpressionOp& op : location.expression) {
        if (op.atom != DW_OP_piece && op.atom != DW_OP_bit_piece) {
            part.push_back(op);
            continue;
        }
        if (!text.empty()) text += ", ";
        text += fmt::format("{} {}: ", op.number, op.atom == DW_OP_piece ? "bytes" : "bits");
        text += knowhy::symbols::text(classified(std::move(part)), arch);
        part.clear();
    }
    return text;
}

}  // namespace

std::string text(const Location& location, Arch arch) {
    switch (location.kind) {
        case Kind::None:
            return "nothing";
        case Kind::InRegister:
            return name_of(arch, location.base);
        case Kind::InMemory:
            return "[" + with_offset(name_of(arch, location.base), location.offset, true) + "]";
        case Kind::Global:
            return "[" + hex(static_cast<uint64_t>(location.offset)) + "]";
        case Kind::Constant:
            return fmt::format("constant {}", location.offset);
        case Kind::Value:
            return location.simple
                       ? with_offset(name_of(arch, location.base), location.offset, false)
                       : computed(location, arch);
        case Kind::Entry: {
            if (!location.simple) return computed(location, arch);
            return with_offset(name_of(arch, location.base) + " at entry", location.offset, false);
        }
        case Kind::ImplicitPointer:
            return "pointer to a value without an address";
        case Kind::Pieces:
            return pieces(location, arch);
        case Kind::Computed:
            return "[" + computed(location, arch) + "]";
    }
    return {};
}

}  // namespace knowhy::symbols
