#include "bpf/load/program_types.h"

#include <bpf/btf.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>

namespace knowhy::bpf {
namespace {

using Btf = std::unique_ptr<btf, decltype(&btf__free)>;

// The kernel keeps columns in 10 bits.
constexpr uint32_t kMostColumn = 1023;
constexpr unsigned kColumnBits = 10;

bpf_func_info add_function(btf& types, const Subprogram& function, bool is_main, int number) {
    const int prototype = btf__add_func_proto(&types, number);
    for (uint32_t i = 0; i < function.parameters; ++i)
        btf__add_func_param(&types, ("p" + std::to_string(i)).c_str(), number);
    const std::string name = identifier(function.name);
    const int id = btf__add_func(&types, name.empty() ? "function" : name.c_str(),
                                 is_main ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC, prototype);
    return {static_cast<__u32>(function.slot), static_cast<__u32>(id)};
}

bpf_line_info line_info(btf& types, size_t slot, const SourceLine& line) {
    const auto text = [&](const std::string& string) {
        return static_cast<__u32>(std::max(0, btf__add_str(&types, string.c_str())));
    };
    return {static_cast<__u32>(slot), text(line.file), text(line.text),
            line.line << kColumnBits | std::min(line.column, kMostColumn)};
}

// By slot. Every function must begin with a line, and of several at one slot the last one counts.
std::map<size_t, uint32_t> sources_of(const GeneratedProgram& generated) {
    std::map<size_t, uint32_t> all;
    for (const SourceSlot& at : generated.sources)
        if (at.slot < generated.insns.size()) all[at.slot] = at.source;
    for (const Subprogram& function : generated.functions) {
        const auto inside = all.lower_bound(function.slot);
        const uint32_t source =
            inside != all.end() ? inside->second : generated.sources.back().source;
        all.try_emplace(function.slot, source);
    }
    return all;
}

}  // namespace

std::string identifier(std::string_view name) {
    std::string taken(name);
    std::ranges::replace_if(
        taken, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_'; }, '_');
    if (!taken.empty() && std::isdigit(static_cast<unsigned char>(taken[0])) != 0)
        taken.insert(0, "_");
    return taken;
}

std::optional<ProgramTypes> ProgramTypes::make(
    const GeneratedProgram& generated, const std::function<SourceLine(uint32_t source)>& source) {
    const bool has_lines = source && !generated.sources.empty();
    if (generated.functions.size() < 2 && !has_lines) return std::nullopt;
    const Btf types(btf__new_empty(), &btf__free);
    if (!types) return std::nullopt;
    const int number = btf__add_int(types.get(), "u64", 8, 0);
    ProgramTypes result;
    for (size_t i = 0; i < generated.functions.size(); ++i)
        result.functions_.push_back(add_function(*types, generated.functions[i], i == 0, number));
    if (has_lines)
        for (const auto& [slot, place] : sources_of(generated))
            result.lines_.push_back(line_info(*types, slot, source(place)));
    __u32 size = 0;
    const void* data = btf__raw_data(types.get(), &size);
    if (data == nullptr) return std::nullopt;
    result.btf_ = UniqueFd(bpf_btf_load(data, size, nullptr));
    return result.btf_.valid() ? std::optional(std::move(result)) : std::nullopt;
}

void ProgramTypes::describe(bpf_prog_load_opts& options) const {
    options.prog_btf_fd = static_cast<__u32>(btf_.get());
    options.func_info = functions_.data();
    options.func_info_cnt = static_cast<__u32>(functions_.size());
    options.func_info_rec_size = sizeof(bpf_func_info);
    options.line_info = lines_.data();
    options.line_info_cnt = static_cast<__u32>(lines_.size());
    options.line_info_rec_size = sizeof(bpf_line_info);
}

}  // namespace knowhy::bpf
