// The lines that say where a CPU was: RIP, EIP, pc, epc, NIP, PSW; and where it came from.
#include "base/text.h"
#include "oops/parse/registers.h"
#include "oops/parse/symbol.h"

namespace knowhy::oops {
namespace {

// "0010:" and friends; whether the selector is a user's.
struct Selector {
    bool there = false;
    bool user = false;
};

Selector take_selector(Scan& scan) {
    const size_t start = scan.at();
    const auto value = scan.hex(4, 4);
    if (value && scan.skip(":")) return {true, (*value & 3U) == 3};
    scan.back_to(start);
    return {};
}

}  // namespace

void RegisterBlock::set_pc(model::OopsSymbol symbol, std::string_view name) {
    if (symbol.address) set(std::string(name), *symbol.address);
    // A later line names what an earlier one gave the address of.
    const auto known = report_.pc.address;
    if (report_.pc.name.empty()) report_.pc = std::move(symbol);
    if (!report_.pc.address) report_.pc.address = known;
    pc_ = true;
}

bool RegisterBlock::read_pc(std::string_view raw) {
    const std::string_view text = trimmed(raw);
    return read_pc_x86(text) || read_pc_arm(text) || read_pc_mips_riscv(text) ||
           read_pc_ppc_s390(text);
}

// "RIP: 0010:f+0x1/0x2", "RIP: 0010:[<addr>]  [<addr>] f+0x1/0x2", "EIP: f+0x1/0x2",
// "EIP is at f+0x1/0x2", "IP: [<addr>] f+0x1/0x2", "EIP: 0060:[<addr>] EFLAGS: 00010246 CPU: 0".
bool RegisterBlock::read_pc_x86(std::string_view text) {
    const bool wide = text.starts_with("RIP: ") || text.starts_with("RIP  [");
    const bool narrow = text.starts_with("EIP: ") || text.starts_with("EIP is at ");
    const bool either = text.starts_with("IP: ");
    if (!wide && !narrow && !either) return false;
    Scan scan(text);
    if (!scan.skip("EIP is at ")) scan.word();
    scan.blanks();
    const Selector selector = take_selector(scan);
    user_ = selector.user;
    if (user_) return true;
    if (pc_ && !report_.pc.name.empty() && !either) {
        // The kernel's side once more, after the trace. Nothing of it is new.
        if (const auto flags = register_after(text, "EFLAGS:")) set("eflags", *flags);
        return true;
    }
    if (!either && !claims(wide ? "x86_64" : "i386")) return true;
    auto symbol = take_place(scan);
    if (!symbol) return true;
    const std::string_view name = report_.arch == "i386" ? "eip" : "rip";
    if (either && report_.arch.empty()) {
        // The registers below tell which of the two it is.
        report_.pc = std::move(*symbol);
        pc_ = true;
        return true;
    }
    set_pc(std::move(*symbol), name);
    if (const auto flags = register_after(text, "EFLAGS:"); flags && narrow) set("eflags", *flags);
    return true;
}

// "pc : f+0x1/0x2 [mod]", "pc : ffff800000123456", "pc : [<addr>] lr : [<addr>] pstate: 60000145",
// "PC is at f+0x1/0x2", "lr : g+0x1/0x2", "pc : [<c0123456>]    lr : [<c0123456>]    psr: 60000013"
bool RegisterBlock::read_pc_arm(std::string_view text) {
    Scan scan(text);
    const bool named = scan.skip("PC is at ");
    if (named || scan.skip("LR is at ")) {
        auto symbol = take_place(scan);
        if (!symbol) return true;
        if (named) {
            set_pc(std::move(*symbol), "pc");
        } else if (report_.caller.name.empty()) {
            symbol->address = report_.caller.address ? report_.caller.address : symbol->address;
            report_.caller = std::move(*symbol);
        }
        return true;
    }
    if (scan.skip("lr : ")) {
        auto symbol = take_place(scan);
        if (symbol && claims("arm64") && report_.caller.name.empty()) {
            if (symbol->address) set("x30", *symbol->address);
            report_.caller = std::move(*symbol);
        }
        return true;
    }
    if (!scan.skip("pc : ")) return false;
    scan.blanks();
    const size_t start = scan.at();
    if (auto address = take_bracketed_address(scan)) {
        const bool arm = text.find("psr:") != std::string_view::npos &&
                         text.find("pstate:") == std::string_view::npos;
        if (!claims(arm ? "arm" : "arm64")) return true;
        if (!report_.pc.address) report_.pc.address = address;
        set("pc", *address);
        pc_ = true;
        Scan rest(scan.rest());
        if (rest.until("lr : ")) {
            if (const auto lr = take_bracketed_address(rest)) {
                set(arm ? "lr" : "x30", *lr);
                if (!report_.caller.address) report_.caller.address = lr;
            }
        }
        if (const auto psr = hex_after(scan.rest(), "psr:")) report_.status.emplace("psr", *psr);
        if (const auto pstate = hex_after(scan.rest(), "pstate:")) {
            report_.status.emplace("pstate", *pstate);
        }
        return true;
    }
    scan.back_to(start);
    auto symbol = take_place(scan);
    if (symbol && claims("arm64")) set_pc(std::move(*symbol), "pc");
    return true;
}

// "epc   : ffffffffc0445a10 f+0x1/0x2 [mod]" (MIPS), "epc : f+0x1/0x2" and "epc : ADDR ra : ADDR
// sp : ADDR" (RISC-V), "ra    : ..." of both.
bool RegisterBlock::read_pc_mips_riscv(std::string_view text) {
    const bool pc = text.starts_with("epc ");
    if (!pc && !text.starts_with("ra ")) return false;
    Scan scan(text);
    scan.word();
    scan.blanks();
    if (!scan.skip(":")) return false;
    scan.blanks();
    if (text.find(" ra : ") != std::string_view::npos) {
        if (!claims("riscv64")) return true;
        const auto epc = scan.hex(16, 16);
        if (epc) set("pc", *epc);
        if (epc && !report_.pc.address) report_.pc.address = epc;
        pc_ = true;
        const auto ra = register_after(text, " ra : ");
        if (ra) set("ra", *ra);
        if (ra && !report_.caller.address) report_.caller.address = ra;
        if (const auto sp = register_after(text, " sp : ")) set("sp", *sp);
        return true;
    }
    auto symbol = take_place(scan);
    if (!symbol) return true;
    if (pc) {
        set_pc(std::move(*symbol), "pc");
    } else if (report_.caller.name.empty()) {
        if (symbol->address) set("ra", *symbol->address);
        if (!symbol->address) symbol->address = report_.caller.address;
        report_.caller = std::move(*symbol);
    }
    return true;
}

// "NIP [c000000000123456] f+0x1/0x2", "LR [...] g+0x1/0x2"; "Krnl PSW : MASK ADDR (f+0x1/0x2)".
bool RegisterBlock::read_pc_ppc_s390(std::string_view text) {
    Scan scan(text);
    if (scan.skip("NIP [") || scan.skip("LR [")) {
        scan.back_to(text[0] == 'N' ? 4 : 3);
        auto symbol = take_place(scan);
        if (!symbol) return true;
        if (text[0] == 'N') {
            report_.pc.address.reset();
            set_pc(std::move(*symbol), "pc");
            report_.registers.erase("pc");  // no register of the architecture's has that name
        } else if (report_.caller.name.empty()) {
            report_.caller = std::move(*symbol);
        }
        return true;
    }
    if (text.starts_with("User PSW")) {
        user_ = true;
        return true;
    }
    if (!scan.skip("Krnl PSW : ")) return false;
    user_ = false;
    const auto mask = scan.hex(16, 16);
    scan.blanks();
    const auto address = scan.hex(16, 16);
    if (!mask || !address || !claims("s390x")) return true;
    set("pswm", *mask);
    scan.blanks();
    scan.skip("(");
    model::OopsSymbol symbol;
    if (auto named = take_symbol(scan)) symbol = std::move(*named);
    symbol.address = address;
    set_pc(std::move(symbol), "pswa");
    return true;
}

}  // namespace knowhy::oops
