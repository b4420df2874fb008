// Losses by key: what the kernel counted, joined with what was sampled.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "collect/drops/programs.h"
#include "collect/drops/sample.h"
#include "model/drop.h"
#include "symbols/btf/btf.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::collect {

// Samples kept of a group: the first ones and the latest ones.
constexpr size_t kFirstSamplesKept = 16;
constexpr size_t kLastSamplesKept = 16;

class GroupTable {
  public:
    explicit GroupTable(symbols::ReasonNames reasons) : reasons_(std::move(reasons)) {}
    // From when on places have names; groups made before get theirs now.
    void set_symbols(const symbols::SymbolTable* symbols);

    struct Added {
        const model::DropGroup* group = nullptr;
        bool is_new = false;  // the first sample of its key
    };
    Added add(ReadSample read);
    // Takes over the kernel's counts; keys without a sample become groups too. Returns those.
    std::vector<const model::DropGroup*> take_counts(const std::map<model::DropKey, Count>& counts);

    [[nodiscard]] const std::map<model::DropKey, model::DropGroup>& groups() const {
        return groups_;
    }

  private:
    model::DropGroup& group_of(const model::DropKey& key);

    symbols::ReasonNames reasons_;
    const symbols::SymbolTable* symbols_ = nullptr;
    std::map<model::DropKey, model::DropGroup> groups_;
};

}  // namespace knowhy::collect
