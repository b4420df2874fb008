#include "symbols/dwarf/call_frames.h"

#include <dwarf.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

// More rows of one function, or states saved within each other, are damaged information.
constexpr size_t kMaxRows = 10'000;
constexpr size_t kMaxSaved = 64;

constexpr uint32_t kWide = 0xffffffff;      // 64-bit DWARF, which no kernel is built with
constexpr uint32_t kIsCommon = 0xffffffff;  // in the place of an entry's pointer
constexpr uint8_t kMipsAdvanceLoc8 = 0x1d;
constexpr uint8_t kNegativeOffset = 0x2f;

// Of an entry: its end, and where it says what it belongs to.
struct Unit {
    uint64_t start = 0;
    uint64_t end = 0;
    uint32_t common = 0;
};

// False where the section ends or cannot be read on.
bool next_unit(Reader& reader, Unit& unit) {
    unit.start = reader.at();
    const uint32_t length = reader.u32();
    if (!reader.ok() || length >= kWide || length > reader.left() || length < 4) return false;
    unit.end = reader.at() + length;
    unit.common = reader.u32();
    return true;
}

// Runs one function's program.
class Program {
  public:
    Program(AddressRange range, uint64_t code_factor, int64_t data_factor, unsigned address_bytes)
        : range_(range),
          code_factor_(code_factor),
          data_factor_(data_factor),
          address_bytes_(address_bytes),
          at_(range.from) {}

    // False at what is not understood.
    bool run(Reader reader) {
        while (!reader.at_end() && at_ < range_.to && rows_.size() < kMaxRows) {
            if (!step(reader) || !reader.ok()) return false;
        }
        return true;
    }

    std::vector<FrameRow> rows() {
        end_row(range_.to);
        return std::move(rows_);
    }

  private:
    struct Rule {
        bool known = false;
        uint64_t base = 0;
        uint64_t offset = 0;
        bool operator==(const Rule&) const = default;
    };

    void end_row(uint64_t end) {
        if (end <= row_start_) return;
        std::vector<ExpressionOp> cfa;
        if (rule_.known) cfa.push_back({DW_OP_bregx, rule_.base, rule_.offset});
        if (!rows_.empty() && rows_.back().cfa == cfa) {
            rows_.back().range.to = end;
        } else {
            rows_.push_back({{row_start_, end}, std::move(cfa)});
        }
        row_start_ = end;
    }

    void move_to(uint64_t address) {
        const uint64_t next = std::clamp(address, at_, range_.to);
        end_row(next);
        at_ = next;
    }
    void advance(uint64_t by) {
        const uint64_t left = range_.to - at_;
        const bool beyond = code_factor_ != 0 && by > left / code_factor_;
        move_to(beyond ? range_.to : at_ + by * code_factor_);
    }

    uint64_t factored(Reader& reader) const {
        return static_cast<uint64_t>(reader.sleb()) * static_cast<uint64_t>(data_factor_);
    }

    bool step(Reader& reader) {
        const uint8_t code = reader.u8();
        switch (code & 0xc0) {
            case DW_CFA_advance_loc:
                advance(code & 0x3f);
                return true;
            case DW_CFA_offset:
                (void)reader.uleb();
                return true;
            case DW_CFA_restore:
                return true;
            default:
                return moves(code, reader) || defines(code, reader) || passed_over(code, reader);
        }
    }

    bool moves(uint8_t code, Reader& reader) {
        switch (code) {
            case DW_CFA_set_loc:
                move_to(reader.number(address_bytes_));
                return true;
            case DW_CFA_advance_loc1:
                advance(reader.u8());
                return true;
            case DW_CFA_advance_loc2:
                advance(reader.u16());
                return true;
            case DW_CFA_advance_loc4:
                advance(reader.u32());
                return true;
            case kMipsAdvanceLoc8:
                advance(reader.u64());
                return true;
            default:
                return false;
        }
    }

    bool defines(uint8_t code, Reader& reader) {
        switch (code) {
            case DW_CFA_def_cfa: {
                const uint64_t base = reader.uleb();
                rule_ = {true, base, reader.uleb()};
                return true;
            }
            case DW_CFA_def_cfa_sf: {
                const uint64_t base = reader.uleb();
                rule_ = {true, base, factored(reader)};
                return true;
            }
            case DW_CFA_def_cfa_register:
                rule_.base = reader.uleb();
                return rule_.known;
            case DW_CFA_def_cfa_offset:
                rule_.offset = reader.uleb();
                return rule_.known;
            case DW_CFA_def_cfa_offset_sf:
                rule_.offset = factored(reader);
                return rule_.known;
            case DW_CFA_remember_state:
                saved_.push_back(rule_);
                return saved_.size() <= kMaxSaved;
            case DW_CFA_restore_state:
                if (saved_.empty()) return false;
                rule_ = saved_.back();
                saved_.pop_back();
                return true;
            default:
                return false;
        }
    }

    // Rules of other registers, and what says nothing of where the frame is.
    static bool passed_over(uint8_t code, Reader& reader) {
        switch (code) {
            case DW_CFA_nop:
            case DW_CFA_GNU_window_save:  // also arm64's DW_CFA_AARCH64_negate_ra_state
                return true;
            case DW_CFA_undefined:
            case DW_CFA_same_value:
            case DW_CFA_restore_extended:
            case DW_CFA_GNU_args_size:
                (void)reader.uleb();
                return true;
            case DW_CFA_offset_extended:
            case DW_CFA_offset_extended_sf:
            case DW_CFA_val_offset:
            case DW_CFA_val_offset_sf:
            case DW_CFA_register:
            case kNegativeOffset:
                (void)reader.uleb();
                (void)reader.uleb();
                return true;
            case DW_CFA_expression:
            case DW_CFA_val_expression:
                (void)reader.uleb();
                reader.skip(reader.uleb());
                return true;
            default:
                return false;
        }
    }

    AddressRange range_;
    uint64_t code_factor_;
    int64_t data_factor_;
    unsigned address_bytes_;
    uint64_t at_;
    uint64_t row_start_ = range_.from;
    Rule rule_;
    std::vector<Rule> saved_;
    std::vector<FrameRow> rows_;
};

}  // namespace

CallFrames::Common CallFrames::common_at(uint64_t at) const {
    Common common;
    common.at = at;
    Reader reader(section_, big_endian_, at);
    Unit unit;
    if (!next_unit(reader, unit) || unit.common != kIsCommon) return common;
    const uint8_t version = reader.u8();
    const std::string_view augmentation = reader.string();
    common.address_bytes = version >= 4 ? reader.u8() : address_bytes_;
    const uint8_t segment_bytes = version >= 4 ? reader.u8() : 0;
    common.code_factor = reader.uleb();
    common.data_factor = reader.sleb();
    (void)(version == 1 ? reader.u8() : reader.uleb());  // the return address's register
    common.understood = reader.ok() && reader.at() <= unit.end && augmentation.empty() &&
                        (version == 1 || version == 3 || version == 4) && segment_bytes == 0 &&
                        (common.address_bytes == 4 || common.address_bytes == 8);
    if (common.understood) common.program = section_.subspan(reader.at(), unit.end - reader.at());
    return common;
}

void CallFrames::read_entries() {
    entries_read_ = true;
    if (section_.size() > UINT32_MAX) return;
    constexpr size_t kShortest = 24;
    entries_.reserve(section_.size() / kShortest);
    Reader reader(section_, big_endian_);
    Common common;
    common.at = kIsCommon;
    for (Unit unit; next_unit(reader, unit); reader.seek(unit.end)) {
        if (unit.common == kIsCommon) continue;
        if (common.at != unit.common) common = common_at(unit.common);
        const unsigned size = common.understood ? common.address_bytes : address_bytes_;
        const uint64_t from = reader.number(size);
        const uint64_t bytes = std::min<uint64_t>(reader.number(size), UINT32_MAX);
        if (!reader.ok() || reader.at() > unit.end || bytes == 0 || bytes > ~from) continue;
        entries_.push_back({from, static_cast<uint32_t>(bytes), static_cast<uint32_t>(unit.start)});
    }
}

std::vector<FrameRow> CallFrames::rows_of(const Entry& entry) const {
    Reader reader(section_, big_endian_, entry.at);
    Unit unit;
    if (!next_unit(reader, unit)) return {};
    const Common common = common_at(unit.common);
    if (!common.understood) return {};
    reader.skip(2UL * common.address_bytes);
    Program program({entry.from, entry.from + entry.bytes}, common.code_factor, common.data_factor,
                    common.address_bytes);
    const auto own = section_.subspan(reader.at(), unit.end - reader.at());
    const bool understood =
        program.run(Reader(common.program, big_endian_)) && program.run(Reader(own, big_endian_));
    return understood ? program.rows() : std::vector<FrameRow>();
}

// One after the other: there are few questions, and mostly about one function.
const CallFrames::Function* CallFrames::around(uint64_t address) {
    const auto covers = [address](const AddressRange& range) {
        return address >= range.from && address < range.to;
    };
    if (last_ && covers(last_->range)) return &*last_;
    if (!entries_read_) read_entries();
    const auto found = std::ranges::find_if(
        entries_, [address](const Entry& entry) { return address - entry.from < entry.bytes; });
    if (found == entries_.end()) return nullptr;
    last_ = Function{{found->from, found->from + found->bytes}, rows_of(*found)};
    return &*last_;
}

}  // namespace knowhy::symbols
