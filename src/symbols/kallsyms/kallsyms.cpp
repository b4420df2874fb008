#include "symbols/kallsyms/kallsyms.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "symbols/kallsyms/rank.h"

namespace knowhy::symbols {
namespace {

size_t leading_underscores(std::string_view name) {
    return std::min(name.find_first_not_of('_'), name.size());
}

// Each of these "modules" is many images in places of their own: BPF programs and trampolines as
// they were compiled, pages of kprobe and ftrace code.
bool is_scattered(std::string_view module) {
    return module == "bpf" || module.starts_with("__builtin__");
}

}  // namespace

void SymbolTable::sort_entries() {
    const auto places_end =
        std::partition(entries_.begin(), entries_.end(),
                       [](const Entry& entry) { return entry.rank != kAbsolute; });
    const auto before = [this](const Entry& a, const Entry& b) {
        if (a.address != b.address) return a.address < b.address;
        if (a.rank != b.rank) return a.rank < b.rank;
        const std::string_view a_name = name_of(a);
        const std::string_view b_name = name_of(b);
        const size_t a_underscores = leading_underscores(a_name);
        const size_t b_underscores = leading_underscores(b_name);
        if (a_underscores != b_underscores) return a_underscores < b_underscores;
        return a_name != b_name ? a_name < b_name : modules_[a.module] < modules_[b.module];
    };
    std::sort(entries_.begin(), places_end, before);
    std::sort(places_end, entries_.end(), before);
    places_ = static_cast<size_t>(places_end - entries_.begin());
    hidden_ = std::all_of(entries_.begin(), entries_.end(),
                          [](const Entry& entry) { return entry.address == 0; });
}

std::string_view SymbolTable::name_of(const Entry& entry) const {
    return std::string_view(*text_).substr(entry.name_offset, entry.name_length);
}

Symbol SymbolTable::symbol_of(const Entry& entry) const {
    return {entry.address, entry.type, name_of(entry), modules_[entry.module]};
}

bool SymbolTable::hidden() const {
    return hidden_;
}

size_t SymbolTable::size() const {
    return entries_.size();
}

// How many bytes from its start a place reaches; `next` is the next start, if there is one.
uint64_t SymbolTable::span_of(const Entry& start, const Entry* next) const {
    if (start.rank == kEndMarker) return 1;
    if (next == nullptr) return kEdgeSpan;
    const uint64_t gap = next->address - start.address;
    const uint64_t largest = is_text(start.type) ? kLargestText : kLargestData;
    const bool same_image = next->module == start.module && !is_scattered(modules_[start.module]);
    return same_image && gap <= largest ? gap : std::min(gap, kEdgeSpan);
}

std::vector<Symbol> SymbolTable::covering(uint64_t address) const {
    if (hidden_) return {};
    const auto by_address = [](const Entry& a, const Entry& b) { return a.address < b.address; };
    const auto places_end = entries_.begin() + static_cast<ptrdiff_t>(places_);

    Entry wanted{};
    wanted.address = address;
    const auto next = std::upper_bound(entries_.begin(), places_end, wanted, by_address);
    auto first = next;
    if (next != entries_.begin()) {
        first = std::lower_bound(entries_.begin(), next, *std::prev(next), by_address);
        const Entry* const bound = next == places_end ? nullptr : &*next;
        if (address - first->address >= span_of(*first, bound)) first = next;
    }
    auto last = next;
    if (first == next) {  // no place covers it: is it an absolute symbol's value?
        std::tie(first, last) = std::equal_range(places_end, entries_.end(), wanted, by_address);
    }
    std::vector<Symbol> found;
    std::transform(first, last, std::back_inserter(found),
                   [this](const Entry& entry) { return symbol_of(entry); });
    return found;
}

std::vector<Symbol> SymbolTable::named(std::string_view name) const {
    std::vector<Symbol> found;
    for (const Entry& entry : entries_) {
        if (entry.name_length == name.size() && name_of(entry) == name) {
            found.push_back(symbol_of(entry));
        }
    }
    return found;
}

void SymbolTable::each_text(const std::function<void(const Symbol&)>& visit) const {
    for (const Entry& entry : entries_) {
        if (is_text(entry.type)) visit(symbol_of(entry));
    }
}

model::Place SymbolTable::place(uint64_t address) const {
    return place_in(address, address);
}

model::Place SymbolTable::return_place(uint64_t address) const {
    return place_in(address - 1, address);
}

// The place of `address`, in the symbol that covers `looked_up`.
model::Place SymbolTable::place_in(uint64_t looked_up, uint64_t address) const {
    model::Place place;
    place.address = address;
    const std::vector<Symbol> symbols = covering(looked_up);
    if (symbols.empty()) return place;
    place.symbol = symbols.front().name;
    place.function = model::without_clone_suffix(place.symbol);
    place.offset = address - symbols.front().address;
    place.module = symbols.front().module;
    return place;
}

}  // namespace knowhy::symbols
