#include "symbols/locate/image.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <span>

#include "base/file.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/text.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::symbols {
namespace {

constexpr const char* kBlacklist = "/sys/kernel/debug/kprobes/blacklist";
constexpr size_t kLargestList = 16UL * 1024 * 1024;
constexpr size_t kKeptFunctions = 8;

// memmem() passes over what does not match much faster than std::string_view::find().
bool holds(std::span<const uint8_t> bytes, std::string_view word) {
    return ::memmem(bytes.data(), bytes.size(), word.data(), word.size()) != nullptr;
}

bool mentions(const ElfFile& file, std::string_view word,
              std::initializer_list<std::string_view> sections) {
    return std::ranges::any_of(
        sections, [&](std::string_view name) { return holds(file.debug_section(name), word); });
}

void refuse_what_runs_refuses(const OpenImage& image, ProbeSafety& safety) {
    const auto text = read_file(kBlacklist, kLargestList);
    const auto table = SymbolTable::load_running();
    const auto here = image.symbols("_stext");
    if (!text || !table || table->hidden() || here.size() != 1) return;
    const auto there = table->named("_stext");
    if (there.size() != 1) return;
    const auto ranges = parse_kprobe_blacklist(*text, there.front().address - here.front());
    if (ranges) {
        safety.also_refuse(*ranges);
    } else {
        log::warn("{}", ranges.error().message);
    }
}

void each_string(const ElfFile& file, const std::function<void(std::string_view)>& visit) {
    const auto bytes = file.debug_section(".debug_str");
    std::string_view left(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    while (!left.empty()) {
        const std::string_view name = left.substr(0, left.find('\0'));
        visit(name);
        left.remove_prefix(std::min(left.size(), name.size() + 1));
    }
}

}  // namespace

model::Place OpenImage::place(uint64_t address) const {
    model::Place place;
    place.address = address;
    if (name != "vmlinux") place.module = name;
    const auto over = info.file().functions_over(address);
    if (!over.empty()) {
        place.symbol = over.back().name;
        place.function = model::without_clone_suffix(place.symbol);
        place.offset = address - over.back().address;
    }
    return place;
}

std::vector<uint64_t> OpenImage::symbols(std::string_view wanted) const {
    std::vector<uint64_t> found;
    std::vector<uint64_t> clones;  // ip_rcv_finish_core.constprop.0, where no other has the name
    info.file().each_symbol([&](const ElfFile::Symbol& symbol) {
        if (!symbol.function || !symbol.name.starts_with(wanted)) return;
        const std::string full(symbol.name);
        if (full == wanted) {
            found.push_back(symbol.address);
        } else if (model::without_clone_suffix(full) == wanted && !full.ends_with(".cold")) {
            clones.push_back(symbol.address);
        }
    });
    if (found.empty()) found = std::move(clones);
    std::ranges::sort(found);
    return found;
}

std::optional<std::string> OpenImage::nearest_function(const std::string& wanted) {
    std::vector<std::string> names;
    info.file().each_symbol([&](const ElfFile::Symbol& symbol) {
        if (symbol.function) names.emplace_back(symbol.name);
    });
    if (auto found = nearest(wanted, names)) return found;
    // What is inlined everywhere has no symbol: its name is one of all the names there are.
    names.clear();
    each_string(info.file(), [&](std::string_view text) {
        const size_t longer = std::max(text.size(), wanted.size());
        if (longer - std::min(text.size(), wanted.size()) <= 2) names.emplace_back(text);
    });
    const auto found = nearest(wanted, names);
    if (!found) return std::nullopt;
    const auto bodies = info.instances(*found);
    return bodies && !bodies->empty() ? found : std::nullopt;
}

const Result<ProbeSafety>& OpenImage::safety() {
    if (known_safety) return *known_safety;
    if (!code) {
        known_safety.emplace(
            fail(ErrorKind::Usage, "no file with the code of {} was found", escaped(name)));
        return *known_safety;
    }
    known_safety.emplace(ProbeSafety::open(code));
    // Of the kernel itself alone: where a module was loaded to, its file does not tell.
    if (*known_safety && runs && name == "vmlinux") refuse_what_runs_refuses(*this, **known_safety);
    return *known_safety;
}

const FunctionFacts* OpenImage::function_around(uint64_t address) {
    if (!safety()) return nullptr;
    const auto instance = info.function_at(address);
    if (!instance || !*instance) return nullptr;
    auto known = known_functions.find((*instance)->entry);
    if (known == known_functions.end()) {
        // A line of a header is in hundreds of functions: together they would take 150 MB.
        if (known_functions.size() >= kKeptFunctions) known_functions.clear();
        auto facts = FunctionFacts::of(info, *code, *safety(), **instance);
        known = known_functions.emplace((*instance)->entry, std::move(facts)).first;
    }
    return known->second.get();
}

Result<OpenImage*> Images::get(const std::string& name) {
    const std::string key = name.empty() ? "vmlinux" : name;
    auto known = open_.find(key);
    if (known == open_.end()) known = open_.emplace(key, open(key)).first;
    if (!known->second) return tl::unexpected(known->second.error());
    return known->second->get();
}

Result<std::unique_ptr<OpenImage>> Images::open(const std::string& name) {
    KW_TRY(Image image, name == "vmlinux" ? finder_.vmlinux() : finder_.module(name));
    if (!image.debug && name != "vmlinux") KW_CHECK_OK(is_module(name));
    if (!image.debug) {
        return fail(ErrorKind::Usage,
                    "{}; Debian has it in the package linux-image-{}-dbg, other places are named "
                    "with --debug-dir or --vmlinux",
                    image.problem, escaped(finder_.release()));
    }
    KW_TRY(DebugInfo info, DebugInfo::open(image.debug, options_.cache_dir));
    if (options_.make_index) {
        KW_CHECK_OK(info.build_index([](double) {}));
    }
    return std::make_unique<OpenImage>(
        OpenImage{image.name, std::move(info), image.code, finder_.running(), std::nullopt, {}});
}

// Where none of the release's modules is on this machine, any name may be one.
Status Images::is_module(const std::string& name) const {
    const std::vector<std::string> names = finder_.module_names();
    std::string plain = name;
    std::ranges::replace(plain, '-', '_');
    if (names.empty() || std::ranges::find(names, plain) != names.end()) return {};
    const auto meant = nearest(plain, names);
    return fail(ErrorKind::Usage, "{} has no module '{}'{}", escaped(finder_.release()),
                escaped(name), meant ? fmt::format("; did you mean '{}'?", escaped(*meant)) : "");
}

std::vector<std::string> Images::mentioning(std::string_view word) const {
    std::vector<std::string> found;
    const auto names = finder_.module_names();
    const auto look_in = [&](std::initializer_list<std::string_view> sections) {
        log::debug("looking for '{}' in {}", escaped(word), counted(names.size(), "module"));
        for (const std::string& name : names) {
            const auto image = finder_.module(name);
            if (image && image->debug && mentions(*image->debug, word, sections)) {
                found.push_back(name);
            }
        }
    };
    // Names stand in .debug_info, which is many times as large, only when they are no longer than
    // what would point to them, or when a compiler shares no strings at all.
    constexpr size_t kShortest = 8;
    if (word.size() >= kShortest) look_in({".debug_str", ".debug_line_str"});
    if (found.empty()) look_in({".debug_str", ".debug_line_str", ".debug_info"});
    return found;
}

}  // namespace knowhy::symbols
