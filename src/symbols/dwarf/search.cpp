// Names and lines to addresses, with the index or without.
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "base/text.h"
#include "symbols/dwarf/debug_info_impl.h"
#include "symbols/dwarf/index_build.h"
#include "symbols/dwarf/scan.h"

namespace knowhy::symbols {
namespace {

bool is_glob(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

NameMatch name_match(std::string_view glob) {
    if (!is_glob(glob)) return [name = std::string(glob)](std::string_view n) { return n == name; };
    return [pattern = std::string(glob)](std::string_view name) {
        return ::fnmatch(pattern.c_str(), std::string(name).c_str(), 0) == 0;
    };
}

template <typename Element>
std::vector<Element> joined(std::vector<std::vector<Element>>& shares) {
    std::vector<Element> all;
    for (std::vector<Element>& share : shares) {
        all.insert(all.end(), std::make_move_iterator(share.begin()),
                   std::make_move_iterator(share.end()));
    }
    return all;
}

bool by_address(const LineRow& a, const LineRow& b) {
    return a.address < b.address;
}

}  // namespace

std::optional<IndexSource> DebugInfo::Impl::index_source() const {
    if (cache_dir.empty() || !file->build_id()) return std::nullopt;
    return IndexSource{*file->build_id(), units.sections().info.size()};
}

const Index* DebugInfo::Impl::usable_index() {
    const auto source = index_source();
    if (!index_asked && source) {
        const std::string path = index_path(cache_dir, source->build_id);
        auto opened = Index::open(path, *source);
        if (opened) {
            index = std::move(*opened);
        } else if (opened.error().os_errno != ENOENT) {
            log::warn("the index {} is not used: {}", escaped(path), opened.error().message);
        }
    }
    index_asked = true;
    return index ? &*index : nullptr;
}

void DebugInfo::Impl::drop_index(std::string_view why) {
    log::warn("the index of {} is not used: {}", escaped(file->path()), why);
    index.reset();
}

std::vector<NamedScope> DebugInfo::Impl::find_named(std::string_view glob) {
    std::vector<NamedScope> found;
    const auto take = [&](const NamedScope& scope) { found.push_back(scope); };
    if (const Index* known = usable_index()) {
        if (is_glob(glob)) {
            known->functions_matching(name_match(glob), take);
        } else {
            known->functions_named(glob, take);
        }
    } else {
        const unsigned threads = scan_threads(units.headers().size());
        std::vector<std::vector<NamedScope>> shares(threads);
        const NameMatch matches = name_match(glob);
        scan_units(units.sections(), units.headers(), threads,
                   [&](unsigned thread, const Unit& unit) {
                       find_functions(unit, matches, shares[thread]);
                   });
        found = joined(shares);
        file->give_back_pages();
    }
    std::sort(found.begin(), found.end(),
              [](const NamedScope& a, const NamedScope& b) { return a.die < b.die; });
    return found;
}

std::optional<std::vector<Instance>> DebugInfo::Impl::describe(
    const std::vector<NamedScope>& found) {
    std::vector<Instance> instances;
    for (const NamedScope& named : found) {
        const UnitHandle unit = units.of_entry(named.die);
        const Scope* scope = unit ? unit->scopes().find(named.die) : nullptr;
        if (scope == nullptr) return std::nullopt;
        auto instance = describer.instance(*unit, *scope);
        if (!instance || instance->function != named.name) return std::nullopt;
        instances.push_back(std::move(*instance));
    }
    return instances;
}

Result<std::vector<Instance>> DebugInfo::instances(std::string_view name_glob) {
    auto described = impl_->describe(impl_->find_named(name_glob));
    if (!described && impl_->index) {
        impl_->drop_index("its entries are others");
        described = impl_->describe(impl_->find_named(name_glob));
    }
    if (described) return std::move(*described);
    return fail(ErrorKind::Usage, "{}: damaged debug information", escaped(file().path()));
}

std::vector<UnitHeader> DebugInfo::Impl::units_with_file(const FilePattern& pattern) {
    const Index* known = usable_index();
    if (known == nullptr) return units.headers();
    std::vector<UnitHeader> wanted;
    const auto offsets =
        known->units_of_files([&](std::string_view recorded) { return pattern.matches(recorded); });
    for (const uint64_t offset : offsets) {
        if (const auto header = unit_header_at(units.sections(), offset)) wanted.push_back(*header);
    }
    return wanted;
}

Result<std::vector<LineRow>> DebugInfo::addresses_of(std::string_view file, uint32_t line) {
    const FilePattern pattern(file);
    const std::vector<UnitHeader> headers = impl_->units_with_file(pattern);
    const unsigned threads = scan_threads(headers.size());
    std::vector<LineStarts> shares(threads);
    scan_units(impl_->units.sections(), headers, threads, [&](unsigned thread, const Unit& unit) {
        find_line(unit, pattern, line, shares[thread]);
    });
    LineStarts found;
    for (const LineStarts& share : shares) found.add(share);
    if (!found.exact.empty()) {
        std::stable_sort(found.exact.begin(), found.exact.end(), by_address);
        return found.exact;
    }
    // The next line with code is meant when its function, or one around that, had begun at the line
    // asked for.
    std::vector<LineRow> next;
    for (const LineRow& row : found.next) {
        KW_TRY(const std::vector<Level> chain, levels(row.address));
        if (chain.empty()) continue;
        const UnitHandle unit = impl_->units.covering(row.address);
        const bool begun = std::any_of(chain.begin(), chain.end(), [&](const Level& level) {
            const SourceLine declared = impl_->describer.declared(*unit, level.die);
            return declared.file == row.line.file && declared.line <= line;
        });
        if (begun) next.push_back(row);
    }
    std::stable_sort(next.begin(), next.end(), by_address);
    return next;
}

Result<std::optional<TypeId>> DebugInfo::type_named(std::string_view name) {
    if (const Index* known = impl_->usable_index()) {
        const auto die = known->type_named(name);
        if (!die) return std::nullopt;
        const UnitHandle unit = impl_->units.of_entry(*die);
        Entry entry;
        const bool right = unit && unit->unit().read(*die, entry) && entry.shape != nullptr &&
                           type_text(unit->unit(), entry) == name;
        if (right) return impl_->types.type_at(*die);
        impl_->drop_index("its entries are others");
    }
    std::optional<TypeId> found;
    for (const UnitHeader& header : impl_->units.headers()) {
        const LoadedUnit loaded(impl_->units.sections(), header);
        each_outer_entry(loaded.unit(), is_named_type, [&](const Entry& entry) {
            if (type_text(loaded.unit(), entry) == name) found = impl_->types.type_at(entry.offset);
            return !found;
        });
        if (found) break;
    }
    return found;
}

Status DebugInfo::build_index(const std::function<void(double)>& progress) {
    if (impl_->cache_dir.empty()) return fail(ErrorKind::Usage, "no directory to keep an index in");
    const auto source = impl_->index_source();
    if (!source) {
        return fail(ErrorKind::Unsupported, "{} has no build-id to keep an index by",
                    escaped(file().path()));
    }
    IndexContent content = index_content(impl_->units.sections(), impl_->units.headers(), progress);
    KW_TRY(const std::string bytes, index_bytes(*source, std::move(content)));
    file().give_back_pages();
    KW_CHECK_OK(write_index(impl_->cache_dir, source->build_id, bytes));
    impl_->index.reset();
    impl_->index_asked = false;
    progress(1);
    return {};
}

}  // namespace knowhy::symbols
