#include "symbols/dwarf/frames.h"

#include <dwarf.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "symbols/dwarf/expression.h"

namespace knowhy::symbols {
namespace {

// A function with more rows than this in one stretch is damaged information.
constexpr size_t kMaxRows = 10'000;

}  // namespace

Dwarf_CFI* Frames::table() {
    if (asked_) return table_;
    asked_ = true;
    table_ = dwarf_getcfi(dwarf_);
    // A module's .eh_frame is not relocated here: it would speak of other addresses.
    if (table_ == nullptr && !file_->relocatable()) {
        own_table_.reset(dwarf_getcfi_elf(file_->elf()));
        table_ = own_table_.get();
    }
    return table_;
}

FrameRow Frames::row_at(uint64_t address, uint64_t end) {
    FrameRow row{{address, end}, {}};
    Dwarf_Frame* raw = nullptr;
    if (dwarf_cfi_addrframe(table(), address, &raw) != 0) return row;
    const std::unique_ptr<Dwarf_Frame, decltype(&std::free)> frame(raw, std::free);
    Dwarf_Addr from = 0;
    Dwarf_Addr to = 0;
    dwarf_frame_info(frame.get(), &from, &to, nullptr);
    if (to > address) row.range.to = std::min<uint64_t>(to, end);
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    if (dwarf_frame_cfa(frame.get(), &ops, &count) == 0)
        row.cfa = normalised(nullptr, ops, count, big_endian());
    return row;
}

std::vector<FrameRow> Frames::rows(AddressRange range) {
    std::vector<FrameRow> rows;
    if (table() == nullptr) return {{range, {}}};
    for (uint64_t at = range.from; at < range.to && rows.size() < kMaxRows;) {
        rows.push_back(row_at(at, range.to));
        at = rows.back().range.to;
    }
    return rows;
}

}  // namespace knowhy::symbols
