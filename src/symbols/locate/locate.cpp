#include "symbols/locate/locate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/nearest.h"
#include "base/text.h"
#include "symbols/kallsyms/kallsyms.h"
#include "symbols/locate/answer.h"
#include "symbols/locate/image.h"
#include "symbols/locate/source.h"

namespace knowhy::symbols {
namespace {

using Bodies = std::vector<Body>;

std::vector<std::string> source_directories(const LocateOptions& options,
                                            const std::string& release) {
    std::vector<std::string> directories = options.source_dirs;
    for (const std::string& dir : options.places.debug_dirs) directories.push_back(dir);
    directories.push_back("/lib/modules/" + release + "/source");
    directories.push_back("/lib/modules/" + release + "/build");
    directories.emplace_back("");  // names that are absolute
    return directories;
}

Result<Bodies> bodies_of_function(OpenImage& image, const std::string& name) {
    KW_TRY(std::vector<Instance> instances, image.info.instances(name));
    std::ranges::stable_sort(instances, [](const Instance& a, const Instance& b) {
        return std::pair(a.inlined, a.entry) < std::pair(b.inlined, b.entry);
    });
    Bodies bodies;
    for (const Instance& instance : instances) {
        bodies.push_back({instance.entry, instance.ranges, instance.inlined, instance.die, 0});
    }
    return bodies;
}

Result<Bodies> bodies_of_address(OpenImage& image, uint64_t address) {
    KW_TRY(const auto function, image.info.function_at(address));
    if (!function) return Bodies{};
    KW_TRY(const auto levels, image.info.levels(address));
    Body body{address, function->ranges, false, 0, 0};
    if (!levels.empty()) {
        body.inlined = levels.front().inlined;
        body.die = levels.front().die;
    }
    return Bodies{body};
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

// A few names for a line of text.
std::string some_of(const std::vector<std::string>& names) {
    constexpr size_t kMost = 12;
    const std::vector<std::string> shown(
        names.begin(), names.begin() + static_cast<ptrdiff_t>(std::min(kMost, names.size())));
    return fmt::format(
        "{}{}", escaped(fmt::format("{}", fmt::join(shown, ", "))),
        names.size() > kMost ? fmt::format(" and {} more", names.size() - kMost) : "");
}

}  // namespace

struct CodeMap::Impl {
    LocateOptions options;
    Images images;
    SourceText source;
    std::optional<SymbolTable> running;

    // Where the question's place is in one image; empty: not there.
    Result<Bodies> bodies(OpenImage& image, const PlaceName& place, model::Located& located);
    Result<Bodies> bodies_of_offset(OpenImage& image, const PlaceName& place,
                                    model::Located& located) const;
    // The images that may have it, the likeliest first.
    std::vector<std::string> module_candidates(const PlaceName& place);
    Result<PlaceName> in_image(const PlaceName& place);
    tl::unexpected<Error> not_found(const PlaceName& place, const std::optional<Error>& problem);
    std::string lines_there(const PlaceName& place);
    Status fill(OpenImage& image, const Question& question, const Bodies& bodies,
                model::Located& located);
    const SymbolTable* running_symbols();
    void describe(OpenImage& image, uint64_t address, model::Place& place);
};

const SymbolTable* CodeMap::Impl::running_symbols() {
    if (!images.finder().running()) return nullptr;
    if (!running) {
        auto table = SymbolTable::load_running();
        if (!table || table->hidden()) return nullptr;
        running = std::move(*table);
    }
    return &*running;
}

Result<Bodies> CodeMap::Impl::bodies_of_offset(OpenImage& image, const PlaceName& place,
                                               model::Located& located) const {
    Bodies bodies;
    const auto starts = image.symbols(place.function);
    for (const uint64_t start : starts) {
        const model::Place there = image.place(start + place.value);
        if (there.symbol.empty() || there.offset != place.value) continue;
        KW_TRY(const Bodies here, bodies_of_address(image, there.address));
        bodies.insert(bodies.end(), here.begin(), here.end());
    }
    if (!starts.empty() && bodies.empty()) {
        return fail(ErrorKind::Usage, "{}+{:#x} is behind the end of {}, or not described",
                    escaped(place.function), place.value, escaped(place.function));
    }
    if (starts.size() > 1) {
        located.notes.push_back(
            fmt::format("{} functions are named {}", starts.size(), place.function));
    }
    return bodies;
}

Result<Bodies> CodeMap::Impl::bodies(OpenImage& image, const PlaceName& place,
                                     model::Located& located) {
    switch (place.kind) {
        case PlaceName::Kind::Function:
            return bodies_of_function(image, place.function);
        case PlaceName::Kind::Offset:
            return bodies_of_offset(image, place, located);
        case PlaceName::Kind::Address:
            return bodies_of_address(image, place.value);
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

std::vector<std::string> CodeMap::Impl::module_candidates(const PlaceName& place) {
    const bool line = place.kind == PlaceName::Kind::Line;
    if (const SymbolTable* table = line ? nullptr : running_symbols()) {
        std::vector<std::string> modules;
        for (const Symbol& symbol : table->named(place.function)) {
            if (!symbol.module.empty()) modules.emplace_back(symbol.module);
        }
        if (!modules.empty()) return modules;
    }
    const std::string word = line ? place.file.substr(place.file.rfind('/') + 1)
                                  : place.function.substr(0, place.function.find('.'));
    return images.mentioning(word);
}

// An address of the running kernel as one of the image's: by its symbol, since KASLR and the loader
// moved it.
Result<PlaceName> CodeMap::Impl::in_image(const PlaceName& place) {
    if (place.kind != PlaceName::Kind::Address || !place.module.empty()) return place;
    if (const SymbolTable* table = running_symbols()) {
        const model::Place there = table->place(place.value);
        if (!there.symbol.empty()) {
            PlaceName named;
            named.kind = PlaceName::Kind::Offset;
            named.module = there.module.empty() ? "vmlinux" : there.module;
            named.function = there.symbol;
            named.value = there.offset;
            return named;
        }
    }
    PlaceName linked = place;
    linked.module = "vmlinux";
    return linked;
}

// "; the nearest lines with code are 354 and 364", or "; its code is of lines 72 to 2210".
std::string CodeMap::Impl::lines_there(const PlaceName& place) {
    const auto image = images.get(place.module);
    if (!image || place.line == 0) return "";
    const auto rows = (*image)->info.addresses_of(place.file, 0);
    if (!rows || rows->empty()) return "";
    std::set<uint32_t> lines;
    for (const LineRow& row : *rows) lines.insert(row.line.line);
    const auto after = lines.lower_bound(place.line);
    if (after == lines.begin() || after == lines.end())
        return fmt::format("; its code is of lines {} to {}", *lines.begin(), *lines.rbegin());
    return fmt::format("; the nearest lines with code are {} and {}", *std::prev(after), *after);
}

tl::unexpected<Error> CodeMap::Impl::not_found(const PlaceName& place,
                                               const std::optional<Error>& problem) {
    if (problem) return tl::unexpected(*problem);
    const std::string where =
        place.module.empty() ? "vmlinux and the modules of " + escaped(images.finder().release())
                             : escaped(place.module);
    if (place.kind == PlaceName::Kind::Address) {
        return fail(ErrorKind::Usage, "no function of {} covers {:#x}", where, place.value);
    }
    if (place.kind == PlaceName::Kind::Line) {
        return fail(ErrorKind::Usage, "no code of {} comes from {}{}{}", where, escaped(place.file),
                    place.line == 0 ? "" : fmt::format(", line {} or soon after", place.line),
                    lines_there(place));
    }
    std::string meant;
    if (const auto image = images.get(place.module)) {
        const auto name = (*image)->nearest_function(place.function);
        if (name) meant = fmt::format("; did you mean '{}'?", escaped(*name));
    }
    return fail(ErrorKind::Usage, "no function '{}' in {}{}", escaped(place.function), where,
                meant);
}

Status CodeMap::Impl::fill(OpenImage& image, const Question& question, const Bodies& bodies,
                           model::Located& located) {
    const ElfFile& file = image.info.file();
    located.image = image.name;
    located.debug_file = file.path();
    if (file.build_id()) located.build_id = build_id_text(*file.build_id());
    if (!image.safety()) {
        located.notes.push_back("whether it is safe to probe is not known: " +
                                image.safety().error().message);
    }
    Answerer answerer(image, source, question.variable);
    for (const Body& body : bodies) {
        KW_TRY(model::LocatedInstance instance, answerer.instance(body));
        if (question.listing) {
            KW_TRY(instance.listing, answerer.listing(body));
        }
        located.instances.push_back(std::move(instance));
    }
    const bool found = std::ranges::any_of(
        located.instances, [](const auto& instance) { return !instance.variables.empty(); });
    if (!question.variable || found) return {};
    KW_TRY(const auto names, answerer.names(bodies.front()));
    const auto meant = nearest(*question.variable, names);
    return fail(ErrorKind::Usage, "no variable '{}' there; in scope are: {}{}",
                escaped(*question.variable), some_of(names),
                meant ? fmt::format("; did you mean '{}'?", escaped(*meant)) : "");
}

CodeMap::CodeMap(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CodeMap::CodeMap(CodeMap&&) noexcept = default;
CodeMap& CodeMap::operator=(CodeMap&&) noexcept = default;
CodeMap::~CodeMap() = default;

Result<CodeMap> CodeMap::open(LocateOptions options) {
    KW_TRY(ImageFinder finder, ImageFinder::open(options.places));
    SourceText source(source_directories(options, finder.release()));
    Images images(std::move(finder), options);
    return CodeMap(std::make_unique<Impl>(
        Impl{std::move(options), std::move(images), std::move(source), std::nullopt}));
}

Result<model::Located> CodeMap::locate(const Question& question) {
    model::Located located;
    located.asked = question.asked;
    located.variable = question.variable.value_or("");
    located.release = impl_->images.finder().release();
    KW_TRY(const PlaceName place, impl_->in_image(question.place));
    std::optional<Error> problem;
    const auto answered = [&](const std::string& name) -> Result<bool> {
        const auto image = impl_->images.get(name);
        if (!image) {
            if (!problem) problem = image.error();
            return false;
        }
        KW_TRY(const Bodies bodies, impl_->bodies(**image, place, located));
        if (bodies.empty()) return false;
        KW_CHECK_OK(impl_->fill(**image, question, bodies, located));
        return true;
    };
    KW_TRY(bool found, answered(place.module));
    if (found) return located;
    if (place.module.empty()) {
        for (const std::string& module : impl_->module_candidates(place)) {
            KW_TRY(found, answered(module));
            if (found) return located;
        }
    }
    return impl_->not_found(place, problem);
}

Status CodeMap::usable(const std::string& image) {
    KW_TRY([[maybe_unused]] const OpenImage* opened, impl_->images.get(image));
    return {};
}

bool CodeMap::of_running() const {
    return impl_->images.finder().running();
}

const std::string& CodeMap::release() const {
    return impl_->images.finder().release();
}

std::vector<model::Place> CodeMap::linked_places(uint64_t address, bool return_address) {
    std::vector<model::Place> places;
    const auto image = impl_->images.get("vmlinux");
    if (!image) return places;
    const uint64_t asked = address - (return_address ? 1 : 0);
    for (const auto& symbol : (*image)->info.file().functions_over(asked)) {
        model::Place place;
        place.symbol = symbol.name;
        place.function = model::without_clone_suffix(place.symbol);
        place.offset = address - symbol.address;
        impl_->describe(**image, asked, place);
        places.push_back(std::move(place));
    }
    return places;
}

void CodeMap::describe(model::Place& place, bool return_address) {
    if (place.symbol.empty()) return;
    const auto image = impl_->images.get(place.module);
    if (!image) return;
    // Static functions may share a name; which one is meant cannot be told.
    const auto starts = (*image)->symbols(place.symbol);
    if (starts.size() != 1) return;
    impl_->describe(**image, starts.front() + place.offset - (return_address ? 1 : 0), place);
}

void CodeMap::Impl::describe(OpenImage& image, uint64_t address, model::Place& place) {
    auto chain = Answerer(image, source, std::nullopt).chain(address);
    if (chain.empty()) {
        // Assembly has lines and no functions.
        const auto line = image.info.line(address);
        if (!line || !*line) return;
        place.file = (*line)->file;
        place.line = (*line)->line;
        return;
    }
    place.file = chain.front().file;
    place.line = chain.front().line;
    if (chain.size() > 1) place.inlined = std::move(chain);
}

}  // namespace knowhy::symbols
