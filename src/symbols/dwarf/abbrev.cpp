#include "symbols/dwarf/abbrev.h"

#include <dwarf.h>

namespace knowhy::symbols {
namespace {

// More attributes than any compiler gives one entry: what has more is damaged.
constexpr size_t kMaxAttributes = 256;

Field field_of(uint16_t attribute) {
    switch (attribute) {
        case DW_AT_sibling:
            return Field::Sibling;
        case DW_AT_name:
            return Field::Name;
        case DW_AT_abstract_origin:
        case DW_AT_specification:
            return Field::Origin;
        case DW_AT_low_pc:
            return Field::LowPc;
        case DW_AT_high_pc:
            return Field::HighPc;
        case DW_AT_ranges:
            return Field::Ranges;
        case DW_AT_entry_pc:
            return Field::EntryPc;
        case DW_AT_decl_file:
            return Field::DeclFile;
        case DW_AT_decl_line:
            return Field::DeclLine;
        case DW_AT_call_file:
            return Field::CallFile;
        case DW_AT_call_line:
            return Field::CallLine;
        case DW_AT_call_column:
            return Field::CallColumn;
        case DW_AT_declaration:
            return Field::Declaration;
        case DW_AT_stmt_list:
            return Field::StmtList;
        case DW_AT_comp_dir:
            return Field::CompDir;
        case DW_AT_addr_base:
            return Field::AddrBase;
        case DW_AT_str_offsets_base:
            return Field::StrOffsetsBase;
        case DW_AT_rnglists_base:
            return Field::RnglistsBase;
        default:
            return Field::Count;
    }
}

struct AttributeShape {
    Field field = Field::Count;
    uint16_t form = 0;
    int64_t implicit_value = 0;
};

// Attributes of a known size that nobody asks for become bytes to skip.
template <typename Wanted>
std::vector<Step> steps(const std::vector<AttributeShape>& attributes, UnitSizes sizes,
                        const Wanted& wanted) {
    std::vector<Step> steps;
    Step step;
    for (const AttributeShape& attribute : attributes) {
        const auto size = fixed_size(attribute.form, sizes);
        const bool asked = wanted(attribute.field);
        if (size && !asked) {
            step.skip += *size;
            continue;
        }
        step.form = attribute.form;
        step.field = asked ? attribute.field : Field::Count;
        step.bytes = static_cast<uint8_t>(size.value_or(0));
        step.implicit_value = attribute.implicit_value;
        steps.push_back(step);
        step = {};
    }
    if (step.skip != 0) steps.push_back(step);
    return steps;
}

}  // namespace

std::optional<unsigned> fixed_size(uint16_t form, UnitSizes sizes) {
    switch (form) {
        case DW_FORM_flag_present:
        case DW_FORM_implicit_const:
            return 0;
        case DW_FORM_data1:
        case DW_FORM_ref1:
        case DW_FORM_flag:
        case DW_FORM_strx1:
        case DW_FORM_addrx1:
            return 1;
        case DW_FORM_data2:
        case DW_FORM_ref2:
        case DW_FORM_strx2:
        case DW_FORM_addrx2:
            return 2;
        case DW_FORM_strx3:
        case DW_FORM_addrx3:
            return 3;
        case DW_FORM_data4:
        case DW_FORM_ref4:
        case DW_FORM_strx4:
        case DW_FORM_addrx4:
        case DW_FORM_ref_sup4:
            return 4;
        case DW_FORM_data8:
        case DW_FORM_ref8:
        case DW_FORM_ref_sig8:
        case DW_FORM_ref_sup8:
            return 8;
        case DW_FORM_data16:
            return 16;
        case DW_FORM_addr:
            return sizes.address;
        case DW_FORM_strp:
        case DW_FORM_line_strp:
        case DW_FORM_strp_sup:
        case DW_FORM_sec_offset:
        case DW_FORM_GNU_ref_alt:
        case DW_FORM_GNU_strp_alt:
            return sizes.offset;
        case DW_FORM_ref_addr:
            return sizes.version <= 2 ? sizes.address : sizes.offset;
        default:
            return std::nullopt;
    }
}

void skip_form(Reader& reader, uint16_t form, UnitSizes sizes) {
    if (const auto size = fixed_size(form, sizes)) return reader.skip(*size);
    switch (form) {
        case DW_FORM_udata:
        case DW_FORM_sdata:
        case DW_FORM_ref_udata:
        case DW_FORM_strx:
        case DW_FORM_addrx:
        case DW_FORM_loclistx:
        case DW_FORM_rnglistx:
        case DW_FORM_GNU_addr_index:
        case DW_FORM_GNU_str_index:
            reader.uleb();
            return;
        case DW_FORM_string:
            reader.string();
            return;
        case DW_FORM_block:
        case DW_FORM_exprloc:
            return reader.skip(reader.uleb());
        case DW_FORM_block1:
            return reader.skip(reader.u8());
        case DW_FORM_block2:
            return reader.skip(reader.u16());
        case DW_FORM_block4:
            return reader.skip(reader.u32());
        case DW_FORM_indirect: {
            const auto actual = static_cast<uint16_t>(reader.uleb());
            if (actual == DW_FORM_indirect || actual == DW_FORM_implicit_const) break;
            return skip_form(reader, actual, sizes);
        }
        default:
            break;
    }
    reader.skip(~uint64_t{0});
}

AbbreviationTable::AbbreviationTable(const DebugSections& sections, uint64_t offset,
                                     UnitSizes sizes) {
    Reader reader = sections.reader(sections.abbrev, offset);
    std::vector<AttributeShape> attributes;
    while (true) {
        const uint64_t code = reader.uleb();
        if (code == 0 || !reader.ok()) return;
        Abbreviation shape;
        shape.tag = static_cast<uint16_t>(reader.uleb());
        shape.has_children = reader.u8() != 0;
        attributes.clear();
        while (attributes.size() < kMaxAttributes) {
            AttributeShape attribute;
            const auto name = static_cast<uint16_t>(reader.uleb());
            attribute.field = field_of(name);
            attribute.form = static_cast<uint16_t>(reader.uleb());
            if (attribute.form == DW_FORM_implicit_const) attribute.implicit_value = reader.sleb();
            if (name == 0 && attribute.form == 0) break;
            attributes.push_back(attribute);
        }
        if (!reader.ok()) return;
        shape.read = steps(attributes, sizes, [](Field field) { return field != Field::Count; });
        shape.pass = steps(attributes, sizes, [](Field field) { return field == Field::Sibling; });
        if (code == dense_.size() + 1) {
            dense_.push_back(std::move(shape));
        } else {
            sparse_.try_emplace(code, std::move(shape));
        }
    }
}

}  // namespace knowhy::symbols
