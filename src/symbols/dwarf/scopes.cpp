#include "symbols/dwarf/scopes.h"

#include <dwarf.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

bool is_scope(uint16_t tag) {
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine ||
           tag == DW_TAG_lexical_block;
}

// What may hold functions without being code: C++ and Rust have them.
bool is_container(uint16_t tag) {
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
           tag == DW_TAG_class_type || tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type;
}

}  // namespace

bool Scope::covers(uint64_t address) const {
    return std::any_of(ranges.begin(), ranges.end(), [&](const AddressRange& range) {
        return address >= range.from && address < range.to;
    });
}

// Walks the unit with a stack of its own: how deep entries nest, the file decides.
class ScopeTree::Builder {
  public:
    Builder(const Unit& unit, std::vector<Scope>& scopes) : unit_(unit), scopes_(scopes) {}

    void run() {
        if (unit_.root().shape == nullptr || !unit_.root().shape->has_children) return;
        open_.push_back({Scope::kNone});
        uint64_t at = unit_.root().next;
        Entry entry;
        while (!open_.empty() && at < unit_.header().end) {
            if (!unit_.peek(at, entry)) break;
            if (entry.shape == nullptr) {
                at = entry.next;
                close();
                continue;
            }
            const bool scope = is_scope(entry.shape->tag);
            if (!(scope ? unit_.read(entry) : unit_.pass(entry))) break;
            at = take(entry);
        }
        while (!open_.empty()) close();
    }

  private:
    // A list of children that is being read: whose they are.
    struct Open {
        uint32_t scope = Scope::kNone;
        bool own = false;  // the list is the scope's own, not that of an entry within
    };

    void close() {
        if (open_.back().own)
            scopes_[open_.back().scope].end = static_cast<uint32_t>(scopes_.size());
        open_.pop_back();
    }

    // Where to go on.
    uint64_t take(const Entry& entry) {
        const uint16_t tag = entry.shape->tag;
        const uint32_t inside = open_.back().scope;
        const bool within = open_.back().scope != Scope::kNone;
        if (tag == DW_TAG_subprogram || (is_scope(tag) && within)) return take_scope(entry);
        if (inside != Scope::kNone && open_.back().own) {
            if (tag == DW_TAG_formal_parameter || tag == DW_TAG_variable) {
                scopes_[inside].variables.push_back(entry.offset);
            } else if (tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site) {
                scopes_[inside].call_sites.push_back(entry.offset);
            }
        }
        if (!entry.shape->has_children) return entry.next;
        const uint64_t sibling = unit_.sibling(entry);
        if (sibling != 0 && !is_container(tag)) return sibling;
        open_.push_back({inside});
        return entry.next;
    }

    uint64_t take_scope(const Entry& entry) {
        const auto index = static_cast<uint32_t>(scopes_.size());
        Scope scope;
        scope.die = entry.offset;
        scope.tag = entry.shape->tag;
        scope.parent = open_.back().scope;
        scope.end = index + 1;
        scope.ranges = unit_.ranges(entry);
        // Declarations and abstract functions have no code, nor has anything within them.
        const uint64_t sibling = unit_.sibling(entry);
        if (scope.tag == DW_TAG_subprogram && scope.ranges.empty() && sibling != 0) return sibling;
        scopes_.push_back(std::move(scope));
        if (entry.shape->has_children) open_.push_back({index, true});
        return entry.next;
    }

    const Unit& unit_;
    std::vector<Scope>& scopes_;
    std::vector<Open> open_;
};

ScopeTree::ScopeTree(const Unit& unit) {
    Builder(unit, scopes_).run();
}

std::vector<const Scope*> ScopeTree::at(uint64_t address) const {
    std::vector<const Scope*> path;
    uint32_t end = static_cast<uint32_t>(scopes_.size());
    for (uint32_t i = 0; i < end;) {
        const Scope& scope = scopes_[i];
        if (scope.covers(address)) {
            path.push_back(&scope);
            end = scope.end;
            ++i;
        } else {
            // A function defined within one that does not cover the address may still do so.
            i = scope.tag == DW_TAG_subprogram ? i + 1 : scope.end;
        }
    }
    return path;
}

const Scope* ScopeTree::find(uint64_t die) const {
    const auto found =
        std::lower_bound(scopes_.begin(), scopes_.end(), die,
                         [](const Scope& scope, uint64_t at) { return scope.die < at; });
    return found == scopes_.end() || found->die != die ? nullptr : &*found;
}

}  // namespace knowhy::symbols
