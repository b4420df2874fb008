#include "symbols/locate/bodies.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::symbols {
namespace {

// Of arm64 GCC's debug information of a function begins behind what ftrace patches at its start.
Result<uint64_t> described_from(OpenImage& image, uint64_t address) {
    constexpr uint64_t kPatched = 16;
    for (uint64_t at = address; at <= address + kPatched; at += 4) {
        KW_TRY(const auto function, image.info.function_at(at));
        const bool begins = function && function->entry == at;
        if (at == address ? function.has_value()
                          : begins && image.place(at).symbol == image.place(address).symbol) {
            return at;
        }
    }
    return address;
}

// Assembly has lines at most.
Bodies body_without_function(const OpenImage& image, uint64_t address, model::Located& located) {
    const auto over = image.info.file().functions_over(address);
    if (over.empty()) return {};
    located.notes.push_back(fmt::format(
        "debug information tells of no function here, at most of lines: {} may be assembly",
        over.back().name));
    const uint64_t start = over.back().address;
    return {{address, {{start, start + std::max<uint64_t>(over.back().size, 1)}}, false, 0, 0}};
}

Result<Bodies> bodies_of_address(OpenImage& image, uint64_t asked, model::Located& located) {
    KW_TRY(const uint64_t address, described_from(image, asked));
    KW_TRY(const auto function, image.info.function_at(address));
    if (!function) return body_without_function(image, address, located);
    if (address != asked) {
        const model::Place begin = image.place(address);
        located.notes.push_back(fmt::format(
            "debug information of {} begins at +{:#x}: that is shown", begin.symbol, begin.offset));
    }
    KW_TRY(const auto levels, image.info.levels(address));
    Body body{address, function->ranges, false, 0, 0};
    if (!levels.empty()) {
        body.inlined = levels.front().inlined;
        body.die = levels.front().die;
    }
    return Bodies{body};
}

Result<Bodies> bodies_of_function(OpenImage& image, const std::string& name,
                                  model::Located& located) {
    KW_TRY(std::vector<Instance> instances, image.info.instances(name));
    std::ranges::stable_sort(instances, [](const Instance& a, const Instance& b) {
        return std::pair(a.inlined, a.entry) < std::pair(b.inlined, b.entry);
    });
    Bodies bodies;
    for (const Instance& instance : instances) {
        bodies.push_back({instance.entry, instance.ranges, instance.inlined, instance.die, 0,
                          instance.declared});
    }
    if (!bodies.empty()) return bodies;
    // A symbol that debug information does not have: assembly, or another name of a function.
    for (const uint64_t start : image.symbols(name)) {
        KW_TRY(const Bodies here, bodies_of_address(image, start, located));
        bodies.insert(bodies.end(), here.begin(), here.end());
    }
    return bodies;
}

// Up to where the line's row at that address reaches.
Result<uint64_t> end_of_row(OpenImage& image, uint64_t address) {
    KW_TRY(const auto function, image.info.function_at(address));
    if (!function) return address + 1;
    KW_TRY(const auto rows, image.info.rows(function->ranges));
    for (const AddressRange& range : function->ranges) {
        if (address < range.from || address >= range.to) continue;
        const auto next = std::ranges::upper_bound(rows, address, {}, &LineRow::address);
        return next == rows.end() ? range.to : std::min(next->address, range.to);
    }
    return address + 1;
}

// One body for each instance that the line's rows are in; of "FILE:*", for each line of each.
Result<Bodies> bodies_of_line(OpenImage& image, const PlaceName& place) {
    KW_TRY(const std::vector<LineRow> rows, image.info.addresses_of(place.file, place.line));
    Bodies bodies;
    std::vector<std::pair<DieOffset, uint32_t>> keys;
    for (const LineRow& row : rows) {
        KW_TRY(const auto levels, image.info.levels(row.address));
        const DieOffset die = levels.empty() ? 0 : levels.front().die;
        KW_TRY(const uint64_t end, end_of_row(image, row.address));
        const auto known = std::ranges::find(keys, std::pair(die, row.line.line));
        if (known != keys.end()) {
            auto& ranges = bodies[static_cast<size_t>(known - keys.begin())].ranges;
            if (ranges.back().to == row.address) {
                ranges.back().to = end;
            } else if (ranges.back().from != row.address) {
                ranges.push_back({row.address, end});
            }
            continue;
        }
        keys.emplace_back(die, row.line.line);
        const bool inlined = !levels.empty() && levels.front().inlined;
        bodies.push_back({row.address, {{row.address, end}}, inlined, die, row.line.line});
    }
    std::ranges::stable_sort(bodies, {}, &Body::line);
    return bodies;
}

// Which line answers where the one that was asked for has no code; "" where it has.
std::string note_of_other_lines(uint32_t asked, const Bodies& bodies) {
    const auto own = std::ranges::count(bodies, asked, &Body::line);
    if (own == std::ssize(bodies)) return "";
    const uint32_t next = std::ranges::find_if(bodies, [asked](const Body& body) {
                              return body.line != asked;
                          })->line;
    const bool one = std::ranges::all_of(
        bodies, [&](const Body& body) { return body.line == asked || body.line == next; });
    return fmt::format("line {} has no code of its own{}; the next that has is {}", asked,
                       own == 0 ? "" : " in each of them",
                       one ? std::to_string(next) : "shown instead");
}

Result<Bodies> bodies_of_offset(OpenImage& image, const PlaceName& place, model::Located& located) {
    Bodies bodies;
    const auto starts = image.symbols(place.function);
    for (const uint64_t start : starts) {
        const model::Place there = image.place(start + place.value);
        if (there.symbol.empty() || there.offset != place.value) continue;
        KW_TRY(const Bodies here, bodies_of_address(image, there.address, located));
        bodies.insert(bodies.end(), here.begin(), here.end());
    }
    if (!starts.empty() && bodies.empty()) {
        const auto symbols = image.info.file().functions_over(starts.front());
        return fail(ErrorKind::Usage, "{0}+{1:#x} is behind the end of {0}, at +{2:#x}",
                    escaped(place.function), place.value,
                    symbols.empty() ? 0 : symbols.back().size);
    }
    if (starts.size() > 1) {
        located.notes.push_back(
            fmt::format("{} functions are named {}", starts.size(), place.function));
    }
    return bodies;
}

}  // namespace

Result<Bodies> bodies_of(OpenImage& image, const PlaceName& place, model::Located& located) {
    switch (place.kind) {
        case PlaceName::Kind::Function:
            return bodies_of_function(image, place.function, located);
        case PlaceName::Kind::Offset:
            return bodies_of_offset(image, place, located);
        case PlaceName::Kind::Address:
            return bodies_of_address(image, place.value, located);
        case PlaceName::Kind::Line:
            break;
    }
    KW_TRY(Bodies bodies, bodies_of_line(image, place));
    if (place.line != 0 && !bodies.empty()) {
        const auto note = note_of_other_lines(place.line, bodies);
        if (!note.empty()) located.notes.push_back(note);
    }
    return bodies;
}

}  // namespace knowhy::symbols
