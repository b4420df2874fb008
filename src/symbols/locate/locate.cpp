#include "symbols/locate/locate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "base/nearest.h"
#include "base/text.h"
#include "symbols/kallsyms/kallsyms.h"
#include "symbols/locate/answer.h"
#include "symbols/locate/bodies.h"
#include "symbols/locate/image.h"
#include "symbols/locate/source.h"
#include "symbols/locate/value.h"

namespace knowhy::symbols {
namespace {

std::vector<std::string> source_directories(const LocateOptions& options,
                                            const std::string& release) {
    std::vector<std::string> directories = options.source_dirs;
    for (const std::string& dir : options.places.debug_dirs) directories.push_back(dir);
    directories.push_back("/lib/modules/" + release + "/source");
    directories.push_back("/lib/modules/" + release + "/build");
    directories.emplace_back("");  // names that are absolute
    return directories;
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

// The longest part of a pattern that stands for itself.
std::string_view literal_part(std::string_view pattern) {
    std::string_view best;
    while (true) {
        const size_t end = std::min(pattern.find_first_of("*?["), pattern.size());
        if (end > best.size()) best = pattern.substr(0, end);
        const bool set = end < pattern.size() && pattern[end] == '[';
        const size_t next = set ? pattern.find(']', end) : end;
        if (next >= pattern.size()) return best;
        pattern.remove_prefix(next + 1);
    }
}

}  // namespace

struct CodeMap::Impl {
    LocateOptions options;
    Images images;
    SourceText source;
    std::optional<SymbolTable> running;

    // The images that may have it, the likeliest first.
    std::vector<std::string> module_candidates(const PlaceName& place);
    Result<PlaceName> in_image(const PlaceName& place);
    tl::unexpected<Error> not_found(const PlaceName& place, const std::optional<Error>& problem);
    std::string lines_there(const PlaceName& place);
    bool is_inlined_only(const PlaceName& place);
    Status fill(OpenImage& image, const Question& question, const Bodies& bodies,
                model::Located& located);
    const SymbolTable* running_symbols();
    Status in_first_image(const PlaceName& asked, model::Located& located,
                          const std::function<Status(OpenImage&, const Bodies&)>& use);
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

std::vector<std::string> CodeMap::Impl::module_candidates(const PlaceName& place) {
    const bool line = place.kind == PlaceName::Kind::Line;
    if (const SymbolTable* table = line ? nullptr : running_symbols()) {
        std::vector<std::string> modules;
        for (const Symbol& symbol : table->named(place.function)) {
            if (!symbol.module.empty()) modules.emplace_back(symbol.module);
        }
        if (!modules.empty()) return modules;
    }
    const std::string_view name = line ? std::string_view(place.file) : place.function;
    // Of a path its last part; of a clone what it was made from.
    return images.mentioning(line ? literal_part(name.substr(name.rfind('/') + 1))
                                  : literal_part(name.substr(0, name.find('.'))));
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

// Whether the function, which has no symbol where it was looked for, has bodies there.
bool CodeMap::Impl::is_inlined_only(const PlaceName& place) {
    std::vector<std::string> names = {place.module};
    if (place.module.empty()) {
        const auto modules = module_candidates(place);
        names.insert(names.end(), modules.begin(), modules.end());
    }
    return std::ranges::any_of(names, [&](const std::string& name) {
        const auto image = images.get(name);
        if (!image) return false;
        const auto bodies = (*image)->info.instances(place.function);
        return bodies && !bodies->empty();
    });
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
    if (place.kind == PlaceName::Kind::Offset && is_inlined_only(place)) {
        return fail(ErrorKind::Usage,
                    "{0} is only inlined, so that there is no {0}+{1:#x}; where it is, `knowhy "
                    "locate {0}` tells",
                    escaped(place.function), place.value);
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
    if (names.empty()) {
        return fail(ErrorKind::Usage, "no variable '{}' there: nothing is in scope",
                    escaped(*question.variable));
    }
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

// Calls `use` with the first image that has code of the place, and that code.
Status CodeMap::Impl::in_first_image(const PlaceName& asked, model::Located& located,
                                     const std::function<Status(OpenImage&, const Bodies&)>& use) {
    KW_TRY(const PlaceName place, in_image(asked));
    std::optional<Error> problem;
    const auto answered = [&](const std::string& name) -> Result<bool> {
        const auto image = images.get(name);
        if (!image) {
            if (!problem) problem = image.error();
            return false;
        }
        KW_TRY(const Bodies bodies, bodies_of(**image, place, located));
        if (bodies.empty()) return false;
        KW_CHECK_OK(use(**image, bodies));
        return true;
    };
    KW_TRY(bool found, answered(place.module));
    if (found) return {};
    if (place.module.empty()) {
        for (const std::string& module : module_candidates(place)) {
            KW_TRY(found, answered(module));
            if (found) return {};
        }
    }
    return not_found(place, problem);
}

Result<model::Located> CodeMap::locate(const Question& question) {
    model::Located located;
    located.asked = question.asked;
    located.variable = question.variable.value_or("");
    located.release = impl_->images.finder().release();
    KW_CHECK_OK(
        impl_->in_first_image(question.place, located, [&](OpenImage& image, const Bodies& bodies) {
            return impl_->fill(image, question, bodies, located);
        }));
    return located;
}

Result<std::vector<CodePlace>> CodeMap::places(const PlaceName& place) {
    model::Located notes;
    std::vector<CodePlace> places;
    KW_CHECK_OK(
        impl_->in_first_image(place, notes, [&](OpenImage& image, const Bodies& bodies) -> Status {
            for (const Body& body : bodies) {
                CodePlace found;
                const model::Place at = image.place(body.address);
                found.image = image.name;
                found.symbol = at.symbol;
                found.offset = at.offset;
                found.address = body.address;
                found.inlined = body.inlined;
                found.at_entry = !body.inlined && at.offset == 0;
                found.function = at.function;
                found.line = body.line;
                found.declared_file = body.declared.file;
                found.declared_line = body.declared.line;
                if (const auto levels = image.info.levels(body.address);
                    levels && !levels->empty()) {
                    // The body's own level, which may have others inlined into its first line.
                    const auto own = std::ranges::find(*levels, body.die, &Level::die);
                    found.function = (own != levels->end() ? *own : levels->front()).function;
                    found.file = levels->front().at.file;
                    found.line = levels->front().at.line;
                }
                if (const auto& safety = image.safety()) {
                    const ProbeVerdict verdict = safety->at(body.address);
                    if (!verdict.safe && !verdict.reasons.empty())
                        found.why_not = verdict.reasons.front();
                }
                places.push_back(std::move(found));
            }
            return {};
        }));
    return places;
}

Result<CodeVariable> CodeMap::variable(const CodePlace& place, const std::string& name) {
    KW_TRY(OpenImage * image, impl_->images.get(place.image));
    KW_TRY(const std::vector<Variable> all, image->info.variables(place.address));
    const auto found = std::ranges::find(all, name, &Variable::name);
    if (found == all.end()) {
        std::vector<std::string> names;
        names.reserve(all.size());
        for (const Variable& each : all) names.push_back(each.name);
        return fail(ErrorKind::Usage, "no variable '{}' there{}", escaped(name),
                    names.empty() ? "" : "; in scope are: " + some_of(names));
    }
    KnownValue known = value_at(*image, *found, place.address);
    // A script prints values; one that may have changed meanwhile is none.
    if (known.grade == text(Grade::MayBeStale)) {
        known = {{}, std::string(text(Grade::Gone)), known.how};
    }
    const Types& types = image->info.types();
    CodeVariable variable;
    variable.location = std::move(known.location);
    variable.grade = std::move(known.grade);
    variable.how = std::move(known.how);
    variable.type = types.text(found->type);
    variable.bytes = types.bytes_of(found->type);
    variable.is_signed = types[types.resolved(found->type)].is_signed;
    return variable;
}

Result<std::vector<std::string>> CodeMap::variables(const CodePlace& place, bool parameters_only) {
    KW_TRY(OpenImage * image, impl_->images.get(place.image));
    KW_TRY(const std::vector<Variable> all, image->info.variables(place.address));
    std::vector<std::string> names;
    for (const Variable& each : all)
        if (each.scope_depth == 0 && !each.artificial && (each.parameter || !parameters_only))
            names.push_back(each.name);
    return names;
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
