#include "symbols/locate/function.h"

#include <algorithm>

namespace knowhy::symbols {

std::unique_ptr<FunctionFacts> FunctionFacts::of(DebugInfo& info, const ElfFile& code,
                                                 const ProbeSafety& safety,
                                                 const Instance& instance) {
    std::vector<CodeRange> ranges;
    for (const AddressRange& range : instance.ranges) {
        const auto bytes = code.bytes_at(range.from);
        if (bytes.empty()) return nullptr;
        const CodeRange part{range.from,
                             bytes.first(std::min(bytes.size(), range.to - range.from))};
        const bool first = instance.entry >= range.from && instance.entry < range.to;
        ranges.insert(first ? ranges.begin() : ranges.end(), part);
    }
    auto variables = info.variables_of(instance.entry);
    if (!variables || ranges.empty()) return nullptr;
    Code decoded = build_code(safety.decoder(), ranges, safety.notes_for(ranges));
    return std::unique_ptr<FunctionFacts>(
        new FunctionFacts(std::move(decoded), std::move(*variables), info.types()));
}

}  // namespace knowhy::symbols
