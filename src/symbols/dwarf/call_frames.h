// .debug_frame, as far as the canonical frame address (CFA) goes.
//
// Of our own since libdw reads all entries before the one that is wanted, and keeps each of them:
// of a kernel that takes longer than the rest of an answer. Source: DWARF 5, 6.4.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "symbols/dwarf/dwarf.h"
#include "symbols/dwarf/location.h"
#include "symbols/dwarf/reader.h"

namespace knowhy::symbols {

// The CFA within a stretch of code.
struct FrameRow {
    AddressRange range;
    std::vector<ExpressionOp> cfa;  // as location.h has them; empty: not told
};

class CallFrames {
  public:
    CallFrames() = default;
    // The section must outlive this. `address_bytes`: the machine's.
    CallFrames(std::span<const uint8_t> section, bool big_endian, unsigned address_bytes)
        : section_(section), big_endian_(big_endian), address_bytes_(address_bytes) {}

    [[nodiscard]] bool empty() const { return section_.empty(); }

    // The function's rows, by address, one behind the other.
    struct Function {
        AddressRange range;
        std::vector<FrameRow> rows;  // empty: not understood here
    };
    // That around the address; nullptr: none is described. Good until another one is asked for.
    [[nodiscard]] const Function* around(uint64_t address);

  private:
    // What entries share.
    struct Common {
        uint64_t at = 0;
        bool understood = false;
        unsigned address_bytes = 0;
        uint64_t code_factor = 0;
        int64_t data_factor = 0;
        std::span<const uint8_t> program;
    };
    struct Entry {
        uint64_t from = 0;
        uint32_t bytes = 0;
        uint32_t at = 0;  // in the section
    };

    void read_entries();
    [[nodiscard]] Common common_at(uint64_t at) const;
    [[nodiscard]] std::vector<FrameRow> rows_of(const Entry& entry) const;

    std::span<const uint8_t> section_;
    bool big_endian_ = false;
    unsigned address_bytes_ = 8;
    std::vector<Entry> entries_;  // in the section's order
    bool entries_read_ = false;
    std::optional<Function> last_;
};

}  // namespace knowhy::symbols
