#include "symbols/dwarf/index_build.h"

#include <dwarf.h>

#include <atomic>
#include <unordered_map>
#include <unordered_set>

#include "symbols/dwarf/lines.h"

namespace knowhy::symbols {
namespace {

// What one thread found.
struct Share {
    std::vector<NamedScope> functions;
    std::unordered_map<std::string, std::vector<uint64_t>> files;
    std::unordered_map<std::string, uint64_t> types;
    // The same string of .debug_str was seen for the same tag: thousands of units have each type.
    std::unordered_set<uint64_t> known_types;
};

void add_types(const Unit& unit, Share& share) {
    each_outer_entry(unit, is_named_type, [&](const Entry& entry) {
        const FieldValue* name = entry.get(Field::Name);
        if (name == nullptr || entry.has(Field::Declaration)) return true;
        const bool shared = name->form == DW_FORM_strp;
        const uint64_t key = name->number << 16 | entry.shape->tag;
        if (shared && !share.known_types.insert(key).second) return true;
        const std::string text = type_text(unit, entry);
        if (!text.empty()) share.types.try_emplace(text, entry.offset);
        return true;
    });
}

void add_files(const Unit& unit, Share& share) {
    if (!unit.root().has(Field::StmtList)) return;
    const auto header = LineHeader::read(unit.sections(), unit.root().number(Field::StmtList),
                                         unit.string(unit.root(), Field::CompDir));
    if (!header) return;
    for (uint64_t i = header->first_file(); i < header->files_end(); ++i) {
        std::vector<uint64_t>& units = share.files[header->file(i)];
        if (units.empty() || units.back() != unit.header().offset) {
            units.push_back(unit.header().offset);
        }
    }
}

template <typename Taken>
void move_into(std::vector<Taken>& to, std::vector<Taken>& from) {
    to.insert(to.end(), from.begin(), from.end());
    std::vector<Taken>().swap(from);
}

IndexContent joined(std::vector<Share>& shares) {
    IndexContent content;
    for (Share& share : shares) move_into(content.functions, share.functions);
    for (size_t i = 1; i < shares.size(); ++i) {
        for (auto& [file, units] : shares[i].files) move_into(shares[0].files[file], units);
        for (const auto& [name, die] : shares[i].types) {
            const auto [known, is_new] = shares[0].types.try_emplace(name, die);
            if (!is_new) known->second = std::min(known->second, die);
        }
    }
    for (auto& [file, units] : shares[0].files) content.files.push_back({file, std::move(units)});
    for (const auto& [name, die] : shares[0].types) content.types.push_back({name, die});
    return content;
}

}  // namespace

bool is_named_type(uint16_t tag) {
    return tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_class_type ||
           tag == DW_TAG_enumeration_type || tag == DW_TAG_typedef || tag == DW_TAG_base_type;
}

std::string type_text(const Unit& unit, const Entry& entry) {
    const std::string_view name = unit.string(entry, Field::Name);
    if (name.empty() || entry.has(Field::Declaration)) return {};
    switch (entry.shape->tag) {
        case DW_TAG_structure_type:
            return fmt::format("struct {}", name);
        case DW_TAG_union_type:
            return fmt::format("union {}", name);
        case DW_TAG_enumeration_type:
            return fmt::format("enum {}", name);
        default:
            return std::string(name);
    }
}

IndexContent index_content(const DebugSections& sections, const std::vector<UnitHeader>& headers,
                           const std::function<void(double)>& done) {
    const unsigned threads = scan_threads(headers.size());
    std::vector<Share> shares(threads);
    std::atomic<size_t> units = 0;
    const NameMatch every = [](std::string_view) { return true; };
    scan_units(sections, headers, threads, [&](unsigned thread, const Unit& unit) {
        Share& share = shares[thread];
        find_functions(unit, every, share.functions);
        add_types(unit, share);
        add_files(unit, share);
        const size_t so_far = ++units;
        if (thread == 0) done(static_cast<double>(so_far) / static_cast<double>(headers.size()));
    });
    return joined(shares);
}

}  // namespace knowhy::symbols
