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

Frames::Frames(const ElfFile& file, Dwarf* dwarf)
    : file_(&file),
      dwarf_(dwarf),
      own_(file.debug_section(".debug_frame"), big_endian(), file.machine().address_bytes()) {}

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
    if (own_.empty()) return libdw_row_at(address, end);
    const CallFrames::Function* const function = own_.around(address);
    if (function == nullptr) return {{address, end}, {}};
    const auto row = std::ranges::upper_bound(function->rows, address, {},
                                              [](const FrameRow& r) { return r.range.to; });
    if (row == function->rows.end()) return libdw_row_at(address, end);
    return {{address, std::min(row->range.to, end)}, row->cfa};
}

FrameRow Frames::libdw_row_at(uint64_t address, uint64_t end) {
    FrameRow row{{address, end}, {}};
    Dwarf_Frame* raw = nullptr;
    if (table() == nullptr) return row;
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
    for (uint64_t at = range.from; at < range.to && rows.size() < kMaxRows;) {
        rows.push_back(row_at(at, range.to));
        at = rows.back().range.to;
    }
    return rows;
}

}  // namespace knowhy::symbols
