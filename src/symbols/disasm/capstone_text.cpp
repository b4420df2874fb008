#include "symbols/disasm/capstone_text.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace knowhy::symbols {
namespace {

// Loaded when the first instruction is printed: its tables of every architecture, relocated, are a
// tenth of the memory of a program that prints none.
struct Capstone {
    Capstone() {
        const std::string name = fmt::format("libcapstone.so.{}", CS_API_MAJOR);
        void* const library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);  // for good
        if (library == nullptr) return;
        find(library, "cs_open", open);
        find(library, "cs_close", close);
        find(library, "cs_option", option);
        find(library, "cs_disasm", disasm);
        find(library, "cs_free", free);
    }

    template <class Function>
    static void find(void* library, const char* name, Function*& function) {
        function = reinterpret_cast<Function*>(dlsym(library, name));
    }

    [[nodiscard]] bool complete() const { return open && close && option && disasm && free; }

    decltype(cs_open)* open = nullptr;
    decltype(cs_close)* close = nullptr;
    decltype(cs_option)* option = nullptr;
    decltype(cs_disasm)* disasm = nullptr;
    decltype(cs_free)* free = nullptr;
};

const Capstone& capstone() {
    static const Capstone loaded;
    return loaded;
}

}  // namespace

CapstoneText::CapstoneText(cs_arch arch, cs_mode mode, bool att) {
    if (!capstone().complete()) return;
    if (capstone().open(arch, mode, &handle_) != CS_ERR_OK) {
        handle_ = 0;
    } else if (att) {
        capstone().option(handle_, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    }
}

CapstoneText::~CapstoneText() {
    if (handle_ != 0 && capstone().complete()) capstone().close(&handle_);
}

std::string CapstoneText::of(std::span<const uint8_t> code, uint64_t address, size_t length) const {
    if (handle_ == 0 || !capstone().complete()) return "";
    cs_insn* instruction = nullptr;
    const size_t count =
        capstone().disasm(handle_, code.data(), code.size(), address, 1, &instruction);
    if (count == 0) return "";
    std::string text;
    if (instruction->size == length) {
        text = instruction->mnemonic;
        if (instruction->op_str[0] != '\0') text += fmt::format(" {}", instruction->op_str);
    }
    capstone().free(instruction, count);
    return text;
}

}  // namespace knowhy::symbols
