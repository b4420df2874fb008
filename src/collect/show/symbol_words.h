// Addresses of code and of the kernel's own variables as people write them.
#pragma once

#include <cstdint>
#include <string>

#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::collect {

// "tcp_prot", "ip_rcv+0x12", "bond_setup [bonding]"; "" where no symbol covers the address.
std::string symbol_words(const symbols::SymbolTable& table, uint64_t address);

}  // namespace knowhy::collect
