#include "symbols/locate/image.h"

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/text.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::symbols {
namespace {

constexpr const char* kBlacklist = "/sys/kernel/debug/kprobes/blacklist";
constexpr size_t kLargestList = 16UL * 1024 * 1024;

bool mentions(const ElfFile& file, std::string_view word) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{".debug_str", ".debug_line_str", ".debug_info"},
        [&](std::string_view name) {
            const auto bytes = file.debug_section(name);
            const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            return text.find(word) != std::string_view::npos;
        });
}

}  // namespace

model::Place OpenImage::place(uint64_t address) const {
    model::Place place;
    place.address = address;
    if (name != "vmlinux") place.module = name;
    const auto& symbols = info.file().symbols();
    auto after = std::upper_bound(
        symbols.begin(), symbols.end(), address,
        [](uint64_t wanted, const ElfFile::Symbol& other) { return wanted < other.address; });
    for (unsigned looked = 0; after != symbols.begin() && looked < 64; ++looked) {
        const ElfFile::Symbol& symbol = *--after;
        if (!symbol.function || address - symbol.address >= std::max<uint64_t>(symbol.size, 1)) {
            continue;
        }
        place.symbol = symbol.name;
        place.function = model::without_clone_suffix(place.symbol);
        place.offset = address - symbol.address;
        break;
    }
    return place;
}

std::vector<uint64_t> OpenImage::symbols(std::string_view wanted) const {
    std::vector<uint64_t> found;
    std::vector<uint64_t> clones;  // ip_rcv_finish_core.constprop.0, where no other has the name
    for (const ElfFile::Symbol& symbol : info.file().symbols()) {
        if (!symbol.function || !symbol.name.starts_with(wanted)) continue;
        const std::string full(symbol.name);
        if (full == wanted) {
            found.push_back(symbol.address);
        } else if (model::without_clone_suffix(full) == wanted && !full.ends_with(".cold")) {
            clones.push_back(symbol.address);
        }
    }
    return found.empty() ? clones : found;
}

std::optional<std::string> OpenImage::nearest_symbol(const std::string& wanted) const {
    std::vector<std::string> names;
    for (const ElfFile::Symbol& symbol : info.file().symbols()) {
        if (symbol.function) names.emplace_back(symbol.name);
    }
    return nearest(wanted, names);
}

const FunctionFacts* OpenImage::function_around(uint64_t address) {
    if (!safety) return nullptr;
    const auto instance = info.function_at(address);
    if (!instance || !*instance) return nullptr;
    auto known = functions.find((*instance)->entry);
    if (known == functions.end()) {
        auto facts = FunctionFacts::of(info, *code, *safety, **instance);
        known = functions.emplace((*instance)->entry, std::move(facts)).first;
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
    auto opened = std::make_unique<OpenImage>(
        OpenImage{image.name, std::move(info), std::nullopt, image.code, "", {}});
    if (!image.code) {
        opened->no_code = "no file with the code of " + escaped(image.name) + " was found";
        return opened;
    }
    auto safety = ProbeSafety::open(image.code);
    if (!safety) {
        opened->no_code = safety.error().message;
        return opened;
    }
    opened->safety = std::move(*safety);
    refuse_what_runs_refuses(*opened);
    return opened;
}

// Only for the running kernel itself: a module's addresses are not the file's.
void Images::refuse_what_runs_refuses(OpenImage& image) const {
    if (!finder_.running() || image.name != "vmlinux") return;
    const auto text = read_file(kBlacklist, kLargestList);
    const auto table = SymbolTable::load_running();
    const auto here = image.symbols("_stext");
    if (!text || !table || table->hidden() || here.size() != 1) return;
    const auto there = table->named("_stext");
    if (there.size() != 1) return;
    const auto ranges = parse_kprobe_blacklist(*text, there.front().address - here.front());
    if (ranges) {
        image.safety->also_refuse(*ranges);
    } else {
        log::warn("{}", ranges.error().message);
    }
}

std::vector<std::string> Images::mentioning(std::string_view word) const {
    std::vector<std::string> found;
    const auto names = finder_.module_names();
    log::debug("looking for '{}' in {}", escaped(word), counted(names.size(), "module"));
    for (const std::string& name : names) {
        const auto image = finder_.module(name);
        if (image && image->debug && mentions(*image->debug, word)) found.push_back(name);
    }
    return found;
}

}  // namespace knowhy::symbols
