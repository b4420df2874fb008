#include "symbols/dwarf/scan.h"

#include <dwarf.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <unordered_map>

namespace knowhy::symbols {
namespace {

// Few units are not worth a thread.
constexpr size_t kUnitsPerThread = 32;
// Units are handed out in runs, so that neighbours, which share pages, go to one thread.
constexpr size_t kRun = 8;
constexpr unsigned kMaxThreads = 8;

bool holds_functions(uint16_t tag) {
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
           tag == DW_TAG_class_type;
}

// C's structures hold no functions.
bool is_c(const Unit& unit) {
    const uint64_t language = unit.root().number(Field::Language);
    return language == DW_LANG_C || language == DW_LANG_C89 || language == DW_LANG_C99 ||
           language == DW_LANG_C11 || language == DW_LANG_Mips_Assembler;
}

// The named functions of a unit, and what is an instance of which.
class FunctionNames {
  public:
    FunctionNames(const Unit& unit, const NameMatch& matches) {
        const auto functions = [](uint16_t tag) { return tag == DW_TAG_subprogram; };
        each_outer_entry(unit, functions, [&](const Entry& entry) {
            if (entry.shape->tag != DW_TAG_subprogram) return true;
            const std::string_view name = unit.string(entry, Field::Name);
            if (!name.empty() && matches(name)) {
                names_.emplace(entry.offset, name);
            } else if (name.empty() && entry.has(Field::Origin)) {
                instances_.emplace_back(entry.offset, entry.number(Field::Origin));
            }
            return true;
        });
        // A definition may name its declaration, which may stand behind it.
        for (const auto& [die, origin] : instances_) {
            const auto found = names_.find(origin);
            if (found != names_.end()) names_.emplace(die, found->second);
        }
    }

    [[nodiscard]] bool empty() const { return names_.empty(); }
    [[nodiscard]] std::string_view name_of(const Entry& entry) const {
        auto found = names_.find(entry.offset);
        if (found == names_.end()) found = names_.find(entry.number(Field::Origin));
        return found == names_.end() ? std::string_view() : found->second;
    }

  private:
    std::unordered_map<uint64_t, std::string_view> names_;
    std::vector<std::pair<uint64_t, uint64_t>> instances_;
};

}  // namespace

unsigned scan_threads(size_t units) {
    const unsigned processors = std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
    return static_cast<unsigned>(std::clamp<size_t>(units / kUnitsPerThread, 1, processors));
}

void scan_units(const DebugSections& sections, const std::vector<UnitHeader>& headers,
                unsigned threads, const std::function<void(unsigned thread, const Unit&)>& take) {
    std::atomic<size_t> next = 0;
    const auto work = [&](unsigned thread) {
        while (true) {
            const size_t from = next.fetch_add(kRun);
            if (from >= headers.size()) return;
            for (size_t i = from; i < std::min(from + kRun, headers.size()); ++i) {
                const auto abbreviations = std::make_shared<const AbbreviationTable>(
                    sections, headers[i].abbreviations, headers[i].sizes);
                take(thread, Unit(sections, headers[i], abbreviations));
            }
        }
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i) {
        try {
            others.emplace_back(work, i);
        } catch (const std::system_error&) {
            break;  // the limit of processes is reached: fewer threads do it all
        }
    }
    work(0);
    for (std::thread& other : others) other.join();
}

void each_outer_entry(const Unit& unit, const std::function<bool(uint16_t tag)>& wanted,
                      const std::function<bool(const Entry&)>& take) {
    if (unit.root().shape == nullptr || !unit.root().shape->has_children) return;
    const bool plain = is_c(unit);
    const uint64_t end = unit.header().end;
    uint64_t depth = 0;   // of lists that are passed over entry by entry
    uint64_t inside = 0;  // of those, the ones whose entries are not outer ones
    Entry entry;
    for (uint64_t at = unit.root().next; at < end; at = entry.next) {
        if (!unit.peek(at, entry)) return;
        if (entry.shape == nullptr) {
            if (depth == 0) return;
            --depth;
            if (inside > depth) inside = 0;
            continue;
        }
        const uint16_t tag = entry.shape->tag;
        const bool outer = inside == 0;
        const bool read = outer && wanted(tag);
        if (!(read ? unit.read(entry) : unit.pass(entry))) return;
        if (read && !take(entry)) return;
        if (!entry.shape->has_children) continue;
        const bool enter = outer && !plain && holds_functions(tag);
        const uint64_t sibling = enter ? 0 : unit.sibling(entry);
        if (sibling != 0) {
            entry.next = sibling;
            continue;
        }
        ++depth;
        if (!enter && inside == 0) inside = depth;
    }
}

void find_functions(const Unit& unit, const NameMatch& matches, std::vector<NamedScope>& found) {
    const FunctionNames names(unit, matches);
    if (names.empty()) return;
    const ScopeTree scopes(unit);
    Entry entry;
    for (const Scope& scope : scopes.all()) {
        if (scope.tag == DW_TAG_lexical_block || scope.ranges.empty()) continue;
        if (!unit.read(scope.die, entry)) continue;
        const std::string_view name = names.name_of(entry);
        if (!name.empty()) found.push_back({name, unit.header().offset, scope.die});
    }
}

}  // namespace knowhy::symbols
