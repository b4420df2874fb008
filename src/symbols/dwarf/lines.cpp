#include "symbols/dwarf/lines.h"

#include <dwarf.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

constexpr uint32_t kWideUnit = 0xffffffff;
// No table is longer: numbers in a damaged header must not become allocations.
constexpr uint64_t kMaxNames = 1'000'000;

uint64_t read_number(Reader& reader, uint16_t form, UnitSizes sizes) {
    if (form == DW_FORM_udata) return reader.uleb();
    const auto size = fixed_size(form, sizes);
    if (size && *size <= 8) return reader.number(*size);
    skip_form(reader, form, sizes);
    return 0;
}

std::string_view read_string(Reader& reader, uint16_t form, UnitSizes sizes,
                             const DebugSections& sections) {
    switch (form) {
        case DW_FORM_string:
            return reader.string();
        case DW_FORM_line_strp:
            return sections.string(sections.line_str, reader.number(sizes.offset));
        case DW_FORM_strp:
            return sections.string(sections.str, reader.number(sizes.offset));
        default:
            skip_form(reader, form, sizes);
            return {};
    }
}

// "./include/linux" and "include/linux" are the same place.
std::string_view without_dot(std::string_view path) {
    while (path.starts_with("./")) path.remove_prefix(2);
    return path == "." ? std::string_view() : path;
}

}  // namespace

bool LineHeader::read_prologue(Reader& reader) {
    uint64_t length = reader.u32();
    if (length == kWideUnit) {
        length = reader.u64();
        sizes_.offset = 8;
    }
    if (!reader.ok() || length > reader.left()) return false;
    end_ = reader.at() + length;
    version_ = reader.u16();
    if (version_ < 2 || version_ > 5) return false;
    sizes_.version = version_;
    if (version_ >= 5) {
        sizes_.address = reader.u8();
        if (reader.u8() != 0) return false;  // segment selectors: no machine of ours has them
    }
    const uint64_t rest = reader.number(sizes_.offset);
    if (!reader.ok() || rest > reader.left()) return false;
    program_ = reader.at() + rest;
    min_instruction_ = reader.u8();
    if (version_ >= 4) max_operations_ = reader.u8();
    default_is_statement_ = reader.u8() != 0;
    line_base_ = static_cast<int8_t>(reader.u8());
    line_range_ = reader.u8();
    opcode_base_ = reader.u8();
    for (unsigned opcode = 1; opcode < opcode_base_; ++opcode)
        operand_counts_.push_back(reader.u8());
    // More than one operation per instruction is VLIW machines' affair.
    return reader.ok() && line_range_ != 0 && max_operations_ <= 1 && program_ <= end_;
}

bool LineHeader::read_names_4(Reader& reader) {
    directories_.emplace_back();  // 0: the compilation's own
    while (true) {
        const std::string_view directory = reader.string();
        if (!reader.ok()) return false;
        if (directory.empty()) break;
        directories_.push_back(directory);
    }
    while (true) {
        const std::string_view name = reader.string();
        if (!reader.ok()) return false;
        if (name.empty()) return true;
        files_.push_back({name, reader.uleb()});
        reader.uleb();  // time of change
        reader.uleb();  // size
    }
}

bool LineHeader::read_table(Reader& reader, const DebugSections& sections,
                            std::vector<File>& into) const {
    std::vector<Format> formats(reader.u8());
    for (Format& format : formats) {
        format.content = reader.uleb();
        format.form = static_cast<uint16_t>(reader.uleb());
    }
    const uint64_t count = reader.uleb();
    if (!reader.ok() || count > kMaxNames || (formats.empty() && count != 0)) return false;
    for (uint64_t i = 0; i < count && reader.ok(); ++i) {
        File file;
        for (const Format& format : formats) {
            if (format.content == DW_LNCT_path) {
                file.name = read_string(reader, format.form, sizes_, sections);
            } else if (format.content == DW_LNCT_directory_index) {
                file.directory = read_number(reader, format.form, sizes_);
            } else {
                skip_form(reader, format.form, sizes_);
            }
        }
        into.push_back(file);
    }
    return reader.ok();
}

bool LineHeader::read_names(Reader& reader, const DebugSections& sections) {
    if (version_ < 5) return read_names_4(reader);
    std::vector<File> directories;
    if (!read_table(reader, sections, directories)) return false;
    for (const File& directory : directories) directories_.push_back(directory.name);
    return read_table(reader, sections, files_);
}

std::optional<LineHeader> LineHeader::read(const DebugSections& sections, uint64_t offset,
                                           std::string_view compilation_dir) {
    LineHeader header;
    header.compilation_dir_ = compilation_dir;
    Reader reader = sections.reader(sections.line, offset);
    if (!header.read_prologue(reader) || !header.read_names(reader, sections)) return std::nullopt;
    return header;
}

std::string LineHeader::directory(uint64_t number) const {
    // Number 0 is the compilation's own directory, which says nothing about the file.
    if (number >= directories_.size()) return {};
    const std::string_view path = without_dot(directories_[number]);
    if (number == 0 && !path.starts_with('/')) return {};
    return std::string(path);
}

std::string LineHeader::file(uint64_t number) const {
    if (number < first_file() || number >= files_end()) return {};
    const File& file = files_[number - first_file()];
    const std::string_view name = without_dot(file.name);
    if (name.starts_with('/')) return std::string(name);
    std::string path = directory(file.directory);
    if (!path.empty() && !path.ends_with('/')) path += '/';
    return path += name;
}

// The state machine of 6.2.2.
class LineProgram {
  public:
    LineProgram(const DebugSections& sections, const LineHeader& header,
                const std::function<void(std::vector<Row>&)>& take)
        : header_(header),
          take_(take),
          reader_(sections.line.first(header.end_), sections.big_endian, header.program_) {
        reset();
    }

    void run() {
        while (reader_.ok() && !reader_.at_end()) {
            const uint8_t opcode = reader_.u8();
            if (opcode >= header_.opcode_base_) {
                special(opcode);
            } else if (opcode == 0) {
                extended();
            } else {
                standard(opcode);
            }
        }
    }

  private:
    void reset() {
        row_ = {};
        row_.file = 1;
        row_.line = 1;
        row_.is_statement = header_.default_is_statement_;
        rows_.clear();
    }
    void emit() { rows_.push_back(row_); }
    void advance(uint64_t operations) { row_.address += operations * header_.min_instruction_; }
    void special(uint8_t opcode) {
        const unsigned adjusted = opcode - header_.opcode_base_;
        advance(adjusted / header_.line_range_);
        row_.line += static_cast<uint32_t>(header_.line_base_ +
                                           static_cast<int>(adjusted % header_.line_range_));
        emit();
    }
    void end_sequence() {
        row_.end_of_sequence = true;
        emit();
        // Rows of a sequence ascend; a compiler that breaks this gets them put in order.
        const auto by_address = [](const Row& a, const Row& b) { return a.address < b.address; };
        if (!std::is_sorted(rows_.begin(), rows_.end(), by_address)) {
            std::stable_sort(rows_.begin(), rows_.end(), by_address);
        }
        if (rows_.front().address != 0) take_(rows_);
        reset();
    }
    void extended() {
        const uint64_t length = reader_.uleb();
        if (length == 0 || length > reader_.left()) return reader_.skip(length);
        const uint64_t next = reader_.at() + length;
        switch (reader_.u8()) {
            case DW_LNE_end_sequence:
                end_sequence();
                break;
            case DW_LNE_set_address:
                if (length - 1 <= 8)
                    row_.address = reader_.number(static_cast<unsigned>(length - 1));
                break;
            default:
                break;  // discriminators, and what vendors add
        }
        reader_.seek(next);
    }
    void standard(uint8_t opcode) {
        switch (opcode) {
            case DW_LNS_copy:
                emit();
                break;
            case DW_LNS_advance_pc:
                advance(reader_.uleb());
                break;
            case DW_LNS_advance_line:
                row_.line += static_cast<uint32_t>(reader_.sleb());
                break;
            case DW_LNS_set_file:
                row_.file = static_cast<uint32_t>(reader_.uleb());
                break;
            case DW_LNS_set_column:
                row_.column = static_cast<uint16_t>(reader_.uleb());
                break;
            case DW_LNS_negate_stmt:
                row_.is_statement = !row_.is_statement;
                break;
            case DW_LNS_set_basic_block:
            case DW_LNS_set_prologue_end:
            case DW_LNS_set_epilogue_begin:
                break;
            case DW_LNS_const_add_pc:
                advance((255U - header_.opcode_base_) / header_.line_range_);
                break;
            case DW_LNS_fixed_advance_pc:
                row_.address += reader_.u16();
                break;
            default:
                for (unsigned i = 0; i < header_.operand_counts_[opcode - 1U]; ++i) reader_.uleb();
        }
    }

    const LineHeader& header_;
    const std::function<void(std::vector<Row>&)>& take_;
    Reader reader_;
    Row row_;
    std::vector<Row> rows_;
};

void each_sequence(const DebugSections& sections, const LineHeader& header,
                   const std::function<void(std::vector<Row>&)>& take) {
    LineProgram(sections, header, take).run();
}

LineTable::LineTable(const DebugSections& sections, LineHeader header)
    : header_(std::move(header)) {
    each_sequence(sections, header_, [&](std::vector<Row>& sequence) {
        rows_.insert(rows_.end(), sequence.begin(), sequence.end());
    });
    // A sequence's end may be the next one's start: the end must come first, to leave the address
    // to the row that begins there.
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
        if (a.address != b.address) return a.address < b.address;
        return a.end_of_sequence && !b.end_of_sequence;
    });
}

const Row* LineTable::covering(uint64_t address) const {
    const auto behind =
        std::upper_bound(rows_.begin(), rows_.end(), address,
                         [](uint64_t at, const Row& row) { return at < row.address; });
    if (behind == rows_.begin()) return nullptr;
    const Row& row = *std::prev(behind);
    return row.end_of_sequence ? nullptr : &row;
}

SourceLine LineTable::line_of(const Row& row) const {
    return {header_.file(row.file), row.line, row.column};
}

}  // namespace knowhy::symbols
