// Lines of /proc/kallsyms or a System.map to a SymbolTable:
//
//   ffffffff81459d10 t net_tx_action
//   ffffffffc0201000 t bond_open	[bonding]

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "base/file.h"
#include "base/text.h"
#include "symbols/kallsyms/kallsyms.h"
#include "symbols/kallsyms/rank.h"

namespace knowhy::symbols {
namespace {

constexpr size_t kMaxName = 4096;  // the kernel's own limit is 512 (KSYM_NAME_LEN)
constexpr size_t kMaxModules = 65535;

// A lambda, so that the searches below, which touch every byte of the table, are inlined.
constexpr auto kIsBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };

// The next run of non-blank characters, taken from the front of `rest`; "" at the line's end.
std::string_view next_field(std::string_view& rest) {
    const char* const end = rest.data() + rest.size();
    const char* const begin = std::find_if_not(rest.data(), end, kIsBlank);
    const char* const stop = std::find_if(begin, end, kIsBlank);
    rest = {stop, static_cast<size_t>(end - stop)};
    return {begin, static_cast<size_t>(stop - begin)};
}

std::string_view next_line(std::string_view& rest) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

// nm(1) lists an undefined symbol without an address: "                 U strlen".
bool is_undefined(std::string_view first, std::string_view third) {
    return third.empty() && (first == "U" || first == "w" || first == "v");
}

struct Line {
    enum class Kind { Symbol, Nothing, Bad } kind = Kind::Bad;
    Symbol symbol;
};

Line parse_line(std::string_view line) {
    const std::string_view address = next_field(line);
    if (address.empty()) return {Line::Kind::Nothing, {}};
    const std::string_view type = next_field(line);
    const std::string_view name = next_field(line);
    std::string_view module = next_field(line);
    if (is_undefined(address, name)) return {Line::Kind::Nothing, {}};
    if (type.size() != 1 || name.empty() || name.size() > kMaxName || !next_field(line).empty()) {
        return {};
    }
    if (!module.empty()) {
        if (module.size() < 3 || module.front() != '[' || module.back() != ']') return {};
        module = module.substr(1, module.size() - 2);
    }
    Symbol symbol{0, type.front(), name, module};
    const char* const end = address.data() + address.size();
    const auto parsed = std::from_chars(address.data(), end, symbol.address, 16);
    if (parsed.ec != std::errc() || parsed.ptr != end) return {};
    return {Line::Kind::Symbol, symbol};
}

// Modules by number. A module's lines stand together, so the last one asked for is tried first.
class ModuleNumbers {
  public:
    explicit ModuleNumbers(std::vector<std::string_view>& names) : names_(names) {
        names_.emplace_back();
    }
    std::optional<uint16_t> of(std::string_view module) {
        if (module.empty()) return uint16_t{0};
        if (names_[last_] == module) return last_;
        const auto [found, is_new] = numbers_.try_emplace(module, names_.size());
        if (found->second > kMaxModules) return std::nullopt;
        if (is_new) names_.push_back(module);
        last_ = static_cast<uint16_t>(found->second);
        return last_;
    }

  private:
    std::vector<std::string_view>& names_;
    std::unordered_map<std::string_view, size_t> numbers_;
    uint16_t last_ = 0;
};

}  // namespace

Result<SymbolTable> SymbolTable::parse(std::string text, std::string_view source_name) {
    if (text.size() > kMaxBytes) {
        return fail(ErrorKind::Usage, "{}: more than {} bytes", escaped(source_name), kMaxBytes);
    }
    SymbolTable table;
    table.text_ = std::make_unique<const std::string>(std::move(text));
    table.entries_.reserve(table.text_->size() / 40);  // a typical line
    ModuleNumbers modules(table.modules_);

    std::string_view rest = *table.text_;
    for (size_t number = 1; !rest.empty(); ++number) {
        const auto [kind, symbol] = parse_line(next_line(rest));
        if (kind == Line::Kind::Nothing) continue;
        const auto module = modules.of(symbol.module);
        if (kind == Line::Kind::Bad || !module) {
            return fail(ErrorKind::Usage,
                        "{}:{}: not a line of a symbol table (ADDRESS TYPE NAME [MODULE])",
                        escaped(source_name), number);
        }
        table.entries_.push_back({symbol.address,
                                  static_cast<uint32_t>(symbol.name.data() - table.text_->data()),
                                  static_cast<uint16_t>(symbol.name.size()), *module, symbol.type,
                                  rank_of(symbol.type, symbol.name)});
    }
    if (table.entries_.empty()) {
        return fail(ErrorKind::Usage, "{}: no symbols in it", escaped(source_name));
    }
    table.sort_entries();
    return table;
}

Result<SymbolTable> SymbolTable::load_file(const std::string& path) {
    KW_TRY(std::string text, read_file(path, kMaxBytes));
    return parse(std::move(text), path);
}

Result<SymbolTable> SymbolTable::load_running() {
    return load_file("/proc/kallsyms");
}

}  // namespace knowhy::symbols
