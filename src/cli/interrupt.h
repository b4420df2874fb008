// Ctrl-C and SIGTERM. The first asks the command to finish: to print its summary, then to let go of
// its probes. A second leaves at once. Before armed() there is nothing to summarise, and the first
// one leaves at once, with status 1. Leaving at once is safe: what the kernel holds for us (probes,
// maps, namespaces) hangs on our file descriptors.
#pragma once

namespace knowhy::cli {

class Interrupts {
  public:
    Interrupts();   // takes the signals over
    ~Interrupts();  // back to the default: they end the program
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    static void armed();
    [[nodiscard]] static bool asked_to_stop();
};

}  // namespace knowhy::cli
