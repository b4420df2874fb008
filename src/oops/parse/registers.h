// The register block of a report, row by row, in each architecture's layout. The layout also tells
// the architecture.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/oops.h"

namespace knowhy::oops {

// Whether the line is a row of a register block, and of which architecture ("" for none; "?" for a
// row that continues one, as s390's).
std::string_view register_row(std::string_view text);

class RegisterBlock {
  public:
    explicit RegisterBlock(model::OopsReport& report) : report_(report) {}

    // Takes what the row holds. The first value of a register stays: later blocks are of the user's
    // side, or the same once more. A row of another architecture than the first one's is not taken.
    void read(std::string_view text);

    // The lines about the program counter, which may come before the other rows and tell whose
    // registers follow.
    bool read_pc(std::string_view text);

    [[nodiscard]] bool has_pc() const { return pc_; }
    // A row of the user's side of the task is not the kernel's.
    void skip_user(bool user) { user_ = user; }

  private:
    bool claims(std::string_view arch);
    void set(const std::string& name, uint64_t value);
    void set_pc(model::OopsSymbol symbol, std::string_view register_name);

    void read_x86(std::string_view text, std::string_view arch);
    void read_mips(std::string_view text);
    void read_mips_special(std::string_view text);
    void read_octeon(std::string_view text);
    void read_ppc(std::string_view text);
    void read_s390(std::string_view text);
    void read_named(std::string_view text, std::string_view arch);

    bool read_pc_x86(std::string_view text);
    bool read_pc_arm(std::string_view text);
    bool read_pc_mips_riscv(std::string_view text);
    bool read_pc_ppc_s390(std::string_view text);

    model::OopsReport& report_;
    bool pc_ = false;
    bool user_ = false;
    std::vector<std::optional<uint64_t>> s390_values_;
    unsigned s390_next_ = 16;  // the first register of a row without a label; 16: none expected
};

}  // namespace knowhy::oops
