#include "symbols/disasm/capstone_text.h"

#include <fmt/format.h>

namespace knowhy::symbols {

CapstoneText::CapstoneText(cs_arch arch, cs_mode mode, bool att) {
    if (cs_open(arch, mode, &handle_) != CS_ERR_OK) {
        handle_ = 0;
    } else if (att) {
        cs_option(handle_, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    }
}

CapstoneText::~CapstoneText() {
    if (handle_ != 0) cs_close(&handle_);
}

std::string CapstoneText::of(std::span<const uint8_t> code, uint64_t address, size_t length) const {
    if (handle_ == 0) return "";
    cs_insn* instruction = nullptr;
    const size_t count = cs_disasm(handle_, code.data(), code.size(), address, 1, &instruction);
    if (count == 0) return "";
    std::string text;
    if (instruction->size == length) {
        text = instruction->mnemonic;
        if (instruction->op_str[0] != '\0') text += fmt::format(" {}", instruction->op_str);
    }
    cs_free(instruction, count);
    return text;
}

}  // namespace knowhy::symbols
