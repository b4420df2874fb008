#include "oops/pointer/words.h"

#include "base/text.h"

namespace knowhy::oops {
namespace {

using symbols::Arch;

// %eax, %r8d: 32; %ax, %r8w: 16; %al, %sil, %r8b: 8; %rax: 64.
uint8_t x86_width(std::string_view name) {
    if (name.starts_with('%')) name.remove_prefix(1);
    if (name.starts_with('e') || name.ends_with('d')) return 32;
    if (name.starts_with('r') && !name.ends_with('w') && !name.ends_with('b')) return 64;
    return name.ends_with('l') || name.ends_with('h') || name.ends_with('b') ? 8 : 16;
}

}  // namespace

Words::Words(std::string_view text, Arch arch) : arch_(arch) {
    const size_t space = text.find(' ');
    mnemonic_ = text.substr(0, space);
    if (space == std::string_view::npos) return;
    int depth = 0;
    std::string operand;
    const auto take = [&] {
        operands_.emplace_back(trimmed(operand));
        operand.clear();
    };
    for (const char c : text.substr(space + 1)) {
        depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
        if (c == ',' && depth == 0) {
            take();
        } else if (c == '<') {
            break;  // a name behind an address
        } else {
            operand += c;
        }
    }
    take();
}

std::string_view Words::operand(size_t index) const {
    return index < operands_.size() ? std::string_view(operands_[index]) : std::string_view();
}

std::optional<symbols::Register> Words::reg(size_t index) const {
    const std::string_view name = operand(index);
    const bool bare = arch_ != Arch::X86_64 || name.starts_with('%');
    return bare ? symbols::register_number(arch_, name) : std::nullopt;
}

std::optional<uint64_t> Words::number(size_t index) const {
    std::string_view text = operand(index);
    if (text.starts_with('#') || text.starts_with('$')) text.remove_prefix(1);
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto value = text.starts_with("0x") ? parse_u64(text.substr(2), 16) : parse_u64(text);
    return value && negative ? 0 - *value : value;
}

uint8_t Words::width(size_t index) const {
    if (arch_ == Arch::Arm64) return operand(index).starts_with('w') ? 32 : 64;
    return arch_ == Arch::X86_64 ? x86_width(operand(index)) : 64;
}

}  // namespace knowhy::oops
