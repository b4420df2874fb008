// Call frame information: where the frame of a function is, at each of its addresses.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "symbols/dwarf/call_frames.h"
#include "symbols/dwarf/dwarf.h"

namespace knowhy::symbols {

// .debug_frame (kernels have it: they are built without asynchronous unwind tables), else
// .eh_frame. What our own reader leaves, expressions and .eh_frame, is libdw's.
class Frames {
  public:
    Frames(const ElfFile& file, Dwarf* dwarf);

    [[nodiscard]] bool big_endian() const { return file_->machine().big_endian; }
    // Rows that together cover the range; where nothing is told, one with an empty `cfa`.
    [[nodiscard]] std::vector<FrameRow> rows(AddressRange range);

  private:
    [[nodiscard]] Dwarf_CFI* table();
    [[nodiscard]] FrameRow row_at(uint64_t address, uint64_t end);
    [[nodiscard]] FrameRow libdw_row_at(uint64_t address, uint64_t end);

    const ElfFile* file_;
    Dwarf* dwarf_;
    CallFrames own_;
    struct Closer {
        void operator()(Dwarf_CFI* table) const { dwarf_cfi_end(table); }
    };
    std::unique_ptr<Dwarf_CFI, Closer> own_table_;  // .eh_frame's; .debug_frame's is the Dwarf's
    Dwarf_CFI* table_ = nullptr;
    bool asked_ = false;
};

}  // namespace knowhy::symbols
