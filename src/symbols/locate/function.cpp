#include "symbols/locate/function.h"

#include <algorithm>

namespace knowhy::symbols {

std::optional<Code> code_of(const ElfFile& code, const ProbeSafety& safety,
                            const Instance& instance) {
    std::vector<CodeRange> ranges;
    for (const AddressRange& range : instance.ranges) {
        const auto bytes = code.bytes_at(range.from);
        if (bytes.empty()) return std::nullopt;
        const CodeRange part{range.from,
                             bytes.first(std::min(bytes.size(), range.to - range.from))};
        const bool first = instance.entry >= range.from && instance.entry < range.to;
        ranges.insert(first ? ranges.begin() : ranges.end(), part);
    }
    if (ranges.empty()) return std::nullopt;
    return build_code(safety.decoder(), ranges, safety.notes_for(ranges));
}

std::unique_ptr<FunctionFacts> FunctionFacts::of(DebugInfo& info, const ElfFile& code,
                                                 const ProbeSafety& safety,
                                                 const Instance& instance) {
    auto decoded = code_of(code, safety, instance);
    auto variables = info.variables_of(instance.entry);
    const auto rows = info.rows(instance.ranges);
    if (!decoded || !variables || !rows) return nullptr;
    return std::unique_ptr<FunctionFacts>(
        new FunctionFacts(std::move(*decoded), std::move(*variables), info.types(), *rows));
}

}  // namespace knowhy::symbols
