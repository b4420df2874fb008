// The modules of a crashed kernel: which were loaded, where, and their own symbols, which the
// kernel keeps in its memory (struct mod_kallsyms, include/linux/module.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collect/show/kernel_view.h"

namespace knowhy::collect {

class CoreModules {
  public:
    // A struct module; one whose name or place cannot be read is left out.
    void add(const KernelObject& module);
    [[nodiscard]] std::vector<std::string> names() const;
    // "bond_arp_rcv [bonding]"; "" where no module's symbol covers the address.
    std::string symbol_at(KernelView& view, uint64_t address);

  private:
    struct Symbol {
        uint64_t address = 0;
        uint64_t bytes = 0;
        std::string name;
    };
    struct Module {
        std::string name;
        uint64_t begin = 0;
        uint64_t end = 0;
        KernelObject object;
        bool read = false;
        std::vector<Symbol> symbols;  // by address
    };
    static void read_symbols(KernelView& view, Module& module);

    std::vector<Module> modules_;
};

}  // namespace knowhy::collect
