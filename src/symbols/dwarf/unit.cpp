#include "symbols/dwarf/unit.h"

#include <dwarf.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

constexpr uint32_t kWideUnit = 0xffffffff;  // the length that announces 64-bit DWARF
constexpr uint32_t kReservedLengths = 0xfffffff0;
// A list of ranges longer than that is damaged, or made to keep us busy.
constexpr size_t kMaxRanges = 100'000;

bool is_address_form(uint16_t form) {
    return form == DW_FORM_addr || form == DW_FORM_addrx || form == DW_FORM_addrx1 ||
           form == DW_FORM_addrx2 || form == DW_FORM_addrx3 || form == DW_FORM_addrx4;
}

void add_range(std::vector<AddressRange>& ranges, uint64_t from, uint64_t to) {
    if (from != 0 && from < to) ranges.push_back({from, to});
}

}  // namespace

std::optional<UnitHeader> unit_header_at(const DebugSections& sections, uint64_t offset) {
    Reader reader = sections.reader(sections.info, offset);
    UnitHeader header;
    header.offset = offset;
    uint64_t length = reader.u32();
    if (length == kWideUnit) {
        length = reader.u64();
        header.sizes.offset = 8;
    } else if (length >= kReservedLengths) {
        return std::nullopt;
    }
    if (!reader.ok() || length > reader.left()) return std::nullopt;
    header.end = reader.at() + length;
    header.sizes.version = reader.u16();
    if (header.sizes.version < 2 || header.sizes.version > 5) return std::nullopt;
    if (header.sizes.version >= 5) {
        header.type = reader.u8();
        header.sizes.address = reader.u8();
        header.abbreviations = reader.number(header.sizes.offset);
        if (header.type == DW_UT_skeleton || header.type == DW_UT_split_compile) reader.skip(8);
        if (header.type == DW_UT_type || header.type == DW_UT_split_type) {
            reader.skip(8U + header.sizes.offset);
        }
    } else {
        header.type = DW_UT_compile;
        header.abbreviations = reader.number(header.sizes.offset);
        header.sizes.address = reader.u8();
    }
    header.first = reader.at();
    const bool sane = header.sizes.address == 4 || header.sizes.address == 8;
    if (!reader.ok() || !sane || header.first > header.end) return std::nullopt;
    return header;
}

std::vector<UnitHeader> unit_headers(const DebugSections& sections) {
    std::vector<UnitHeader> headers;
    for (uint64_t at = 0; at < sections.info.size();) {
        const auto header = unit_header_at(sections, at);
        if (!header) break;
        headers.push_back(*header);
        at = header->end;
    }
    return headers;
}

Unit::Unit(const DebugSections& sections, UnitHeader header,
           std::shared_ptr<const AbbreviationTable> abbreviations)
    : sections_(&sections), header_(header), abbreviations_(std::move(abbreviations)) {
    if (read(header_.first, root_)) low_pc_ = address(root_.get(Field::LowPc)).value_or(0);
}

void Unit::value(Reader& reader, const Step& step, FieldValue& value) const {
    value.form = step.form;
    uint8_t bytes = step.bytes;
    if (value.form == DW_FORM_indirect) {
        value.form = static_cast<uint16_t>(reader.uleb());
        bytes = static_cast<uint8_t>(fixed_size(value.form, header_.sizes).value_or(0));
    }
    switch (value.form) {
        case DW_FORM_implicit_const:
            value.number = static_cast<uint64_t>(step.implicit_value);
            break;
        case DW_FORM_flag_present:
            value.number = 1;
            break;
        case DW_FORM_string:
            value.inlined = reader.string();
            break;
        case DW_FORM_sdata:
            value.number = static_cast<uint64_t>(reader.sleb());
            break;
        case DW_FORM_udata:
        case DW_FORM_strx:
        case DW_FORM_addrx:
        case DW_FORM_rnglistx:
            value.number = reader.uleb();
            break;
        case DW_FORM_ref_udata:
            value.number = header_.offset + reader.uleb();
            break;
        case DW_FORM_ref1:
        case DW_FORM_ref2:
        case DW_FORM_ref4:
        case DW_FORM_ref8:
            value.number = header_.offset + reader.number(bytes);
            break;
        default:
            value.number = 0;
            if (bytes != 0 && bytes <= 8) {
                value.number = reader.number(bytes);
            } else {
                skip_form(reader, value.form, header_.sizes);
            }
    }
}

bool Unit::peek(uint64_t offset, Entry& entry) const {
    entry.clear();
    entry.offset = offset;
    Reader reader = sections_->reader(sections_->info.first(header_.end), offset);
    const uint64_t code = reader.uleb();
    entry.shape = abbreviations_->find(code);
    entry.next = reader.at();
    const bool known = entry.shape != nullptr || code == 0;
    return reader.ok() && known && offset >= header_.first;
}

bool Unit::follow(const std::vector<Step>& steps, Entry& entry) const {
    Reader reader = sections_->reader(sections_->info.first(header_.end), entry.next);
    for (const Step& step : steps) {
        reader.skip(step.skip);
        if (step.field != Field::Count) {
            value(reader, step, entry.put(step.field));
        } else if (step.form != 0) {
            skip_form(reader, step.form, header_.sizes);
        }
    }
    entry.next = reader.at();
    return reader.ok();
}

bool Unit::pass(Entry& entry) const {
    return follow(entry.shape->pass, entry);
}

bool Unit::read(Entry& entry) const {
    return follow(entry.shape->read, entry);
}

bool Unit::read(uint64_t offset, Entry& entry) const {
    if (!peek(offset, entry)) return false;
    return entry.shape == nullptr || read(entry);
}

uint64_t Unit::sibling(const Entry& entry) const {
    const uint64_t to = entry.number(Field::Sibling);
    return to >= entry.next && to <= header_.end ? to : 0;
}

std::string_view Unit::string(const Entry& entry, Field field) const {
    const FieldValue* value = entry.get(field);
    if (value == nullptr) return {};
    switch (value->form) {
        case DW_FORM_string:
            return value->inlined;
        case DW_FORM_strp:
            return sections_->string(sections_->str, value->number);
        case DW_FORM_line_strp:
            return sections_->string(sections_->line_str, value->number);
        case DW_FORM_strx:
        case DW_FORM_strx1:
        case DW_FORM_strx2:
        case DW_FORM_strx3:
        case DW_FORM_strx4: {
            const uint64_t base = root_.number(Field::StrOffsetsBase);
            if (value->number > sections_->str_offsets.size()) return {};
            Reader offsets = sections_->reader(sections_->str_offsets,
                                               base + value->number * header_.sizes.offset);
            const uint64_t at = offsets.number(header_.sizes.offset);
            return offsets.ok() ? sections_->string(sections_->str, at) : std::string_view();
        }
        default:
            return {};
    }
}

std::optional<uint64_t> Unit::indexed_address(uint64_t index) const {
    if (index > sections_->addr.size()) return std::nullopt;
    Reader reader = sections_->reader(
        sections_->addr, root_.number(Field::AddrBase) + index * header_.sizes.address);
    const uint64_t address = reader.number(header_.sizes.address);
    return reader.ok() ? std::optional(address) : std::nullopt;
}

std::optional<uint64_t> Unit::address(const FieldValue* value) const {
    if (value == nullptr || !is_address_form(value->form)) return std::nullopt;
    return value->form == DW_FORM_addr ? std::optional(value->number)
                                       : indexed_address(value->number);
}

std::vector<AddressRange> Unit::ranges(const Entry& entry) const {
    if (const FieldValue* list = entry.get(Field::Ranges)) return range_list(*list);
    std::vector<AddressRange> ranges;
    const auto low = address(entry.get(Field::LowPc));
    const FieldValue* high = entry.get(Field::HighPc);
    if (!low || high == nullptr) return ranges;
    const auto end = address(high);
    add_range(ranges, *low, end ? *end : *low + high->number);
    return ranges;
}

std::vector<AddressRange> Unit::range_list_4(uint64_t offset) const {
    std::vector<AddressRange> ranges;
    Reader reader = sections_->reader(sections_->ranges, offset);
    const unsigned size = header_.sizes.address;
    const uint64_t select_base = size == 8 ? ~uint64_t{0} : 0xffffffff;
    uint64_t base = low_pc_;
    while (reader.ok() && ranges.size() < kMaxRanges) {
        const uint64_t from = reader.number(size);
        const uint64_t to = reader.number(size);
        if (!reader.ok() || (from == 0 && to == 0)) break;
        if (from == select_base) {
            base = to;
        } else {
            add_range(ranges, base + from, base + to);
        }
    }
    return ranges;
}

std::vector<AddressRange> Unit::range_list(const FieldValue& value) const {
    if (header_.sizes.version < 5) return range_list_4(value.number);
    uint64_t offset = value.number;
    if (value.form == DW_FORM_rnglistx) {
        const uint64_t base = root_.number(Field::RnglistsBase);
        if (value.number > sections_->rnglists.size()) return {};
        Reader offsets =
            sections_->reader(sections_->rnglists, base + value.number * header_.sizes.offset);
        offset = base + offsets.number(header_.sizes.offset);
    }
    std::vector<AddressRange> ranges;
    Reader reader = sections_->reader(sections_->rnglists, offset);
    const unsigned size = header_.sizes.address;
    uint64_t base = low_pc_;
    while (reader.ok() && ranges.size() < kMaxRanges) {
        switch (reader.u8()) {
            case DW_RLE_end_of_list:
                return ranges;
            case DW_RLE_base_addressx:
                base = indexed_address(reader.uleb()).value_or(0);
                break;
            case DW_RLE_startx_endx: {
                const uint64_t from = indexed_address(reader.uleb()).value_or(0);
                add_range(ranges, from, indexed_address(reader.uleb()).value_or(0));
                break;
            }
            case DW_RLE_startx_length: {
                const uint64_t from = indexed_address(reader.uleb()).value_or(0);
                add_range(ranges, from, from + reader.uleb());
                break;
            }
            case DW_RLE_offset_pair: {
                const uint64_t from = reader.uleb();
                add_range(ranges, base + from, base + reader.uleb());
                break;
            }
            case DW_RLE_base_address:
                base = reader.number(size);
                break;
            case DW_RLE_start_end: {
                const uint64_t from = reader.number(size);
                add_range(ranges, from, reader.number(size));
                break;
            }
            case DW_RLE_start_length: {
                const uint64_t from = reader.number(size);
                add_range(ranges, from, from + reader.uleb());
                break;
            }
            default:
                return {};
        }
    }
    return ranges;
}

std::optional<uint64_t> Unit::entry_address(const Entry& entry) const {
    const FieldValue* given = entry.get(Field::EntryPc);
    if (const auto at = address(given)) return at;
    const auto low = address(entry.get(Field::LowPc));
    // A constant entry_pc counts from the entry's own base address (DWARF 5, 2.18).
    if (given != nullptr && low) return *low + given->number;
    if (low) return low;
    const std::vector<AddressRange> covered = ranges(entry);
    if (covered.empty()) return std::nullopt;
    return covered.front().from;
}

}  // namespace knowhy::symbols
