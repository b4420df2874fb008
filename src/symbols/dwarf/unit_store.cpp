#include "symbols/dwarf/unit_store.h"

#include <dwarf.h>

#include <algorithm>
#include <set>

namespace knowhy::symbols {
namespace {

// A unit with its scopes and lines takes up to four megabytes.
constexpr size_t kKept = 6;

}  // namespace

LoadedUnit::LoadedUnit(const DebugSections& sections, const UnitHeader& header)
    : unit_(
          sections, header,
          std::make_shared<const AbbreviationTable>(sections, header.abbreviations, header.sizes)) {
}

const ScopeTree& LoadedUnit::scopes() {
    if (!scopes_) scopes_ = std::make_unique<const ScopeTree>(unit_);
    return *scopes_;
}

const LineHeader* LoadedUnit::line_header() {
    if (!header_asked_) {
        header_asked_ = true;
        if (unit_.root().has(Field::StmtList)) {
            line_header_ = LineHeader::read(unit_.sections(), unit_.root().number(Field::StmtList),
                                            unit_.string(unit_.root(), Field::CompDir));
        }
    }
    return line_header_ ? &*line_header_ : nullptr;
}

const LineTable* LoadedUnit::lines() {
    if (line_header() == nullptr) return nullptr;
    if (!lines_) lines_ = std::make_unique<const LineTable>(unit_.sections(), *line_header_);
    return lines_.get();
}

std::string LoadedUnit::file(uint64_t number) {
    const LineHeader* header = line_header();
    return header == nullptr ? "" : header->file(number);
}

const std::vector<UnitHeader>& UnitStore::headers() {
    if (!headers_) headers_ = unit_headers(sections_);
    return *headers_;
}

UnitHandle UnitStore::load(uint64_t header_offset) {
    for (auto at = recent_.begin(); at != recent_.end(); ++at) {
        if (at->first != header_offset) continue;
        recent_.splice(recent_.begin(), recent_, at);
        return recent_.front().second;
    }
    const auto header = unit_header_at(sections_, header_offset);
    if (!header) return nullptr;
    recent_.emplace_front(header_offset, std::make_shared<LoadedUnit>(sections_, *header));
    if (recent_.size() > kKept) recent_.pop_back();
    return recent_.front().second;
}

UnitHandle UnitStore::of_entry(uint64_t die) {
    const auto behind =
        std::upper_bound(headers().begin(), headers().end(), die,
                         [](uint64_t at, const UnitHeader& header) { return at < header.offset; });
    if (behind == headers().begin() || die >= std::prev(behind)->end) return nullptr;
    return load(std::prev(behind)->offset);
}

void UnitStore::sort_covered() {
    std::stable_sort(covered_.begin(), covered_.end(), [](const Covered& a, const Covered& b) {
        return a.range.from < b.range.from;
    });
}

// DWARF 5, 6.1.2.
void UnitStore::read_aranges() {
    aranges_read_ = true;
    Reader reader = sections_.reader(sections_.aranges);
    while (!reader.at_end()) {
        const uint64_t start = reader.at();
        const uint64_t length = reader.u32();
        if (length >= 0xfffffff0 || length > reader.left()) break;
        const uint64_t end = reader.at() + length;
        const uint16_t version = reader.u16();
        const uint64_t unit = reader.u32();
        const uint8_t size = reader.u8();
        if (version != 2 || reader.u8() != 0 || (size != 4 && size != 8)) break;
        const uint64_t pair = 2U * size;
        reader.skip((pair - (reader.at() - start) % pair) % pair);
        while (reader.ok() && reader.at() + pair <= end) {
            const uint64_t from = reader.number(size);
            const uint64_t bytes = reader.number(size);
            if (from == 0 && bytes == 0) break;
            if (from != 0 && bytes != 0 && bytes <= ~from) {
                covered_.push_back({{from, from + bytes}, unit});
            }
        }
        reader.seek(end);
    }
    sort_covered();
}

// Not every compiler writes .debug_aranges, and not for every unit.
void UnitStore::read_unlisted() {
    unlisted_read_ = true;
    std::set<uint64_t> listed;
    for (const Covered& covered : covered_) listed.insert(covered.unit);
    for (const UnitHeader& header : headers()) {
        if (listed.contains(header.offset)) continue;
        const LoadedUnit loaded(sections_, header);
        const Entry& root = loaded.unit().root();
        if (root.shape == nullptr) continue;
        for (const AddressRange& range : loaded.unit().ranges(root)) {
            covered_.push_back({range, header.offset});
        }
    }
    sort_covered();
}

std::optional<uint64_t> UnitStore::find(uint64_t address) const {
    const auto behind =
        std::upper_bound(covered_.begin(), covered_.end(), address,
                         [](uint64_t at, const Covered& c) { return at < c.range.from; });
    if (behind == covered_.begin() || address >= std::prev(behind)->range.to) return std::nullopt;
    return std::prev(behind)->unit;
}

UnitHandle UnitStore::covering(uint64_t address) {
    if (!aranges_read_) read_aranges();
    auto unit = find(address);
    if (!unit && !unlisted_read_) {
        read_unlisted();
        unit = find(address);
    }
    return unit ? load(*unit) : nullptr;
}

}  // namespace knowhy::symbols
