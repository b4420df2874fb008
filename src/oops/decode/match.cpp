#include "oops/decode/match.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "oops/decode/compare.h"
#include "oops/decode/machine.h"

namespace knowhy::oops {
namespace {

using model::OopsImage;
using symbols::Arch;
using symbols::ElfFile;

// The next function starts at most this far behind the end of one: alignment.
constexpr uint64_t kPadding = 64;
// As few bytes may be alike by chance, or by the compiler's habits.
constexpr size_t kFewestBytes = 12;

bool same_module(const std::string& one, const std::string& other) {
    const auto plain = [](const std::string& name) {
        std::string text = name == "vmlinux" ? "" : name;
        std::ranges::replace(text, '-', '_');
        return text;
    };
    return plain(one) == plain(other);
}

std::optional<ImageMatch> by_build_id(const std::string& printed, const ElfFile& file) {
    const auto wanted = symbols::parse_build_id(printed);
    if (!wanted || !file.build_id()) return std::nullopt;
    ImageMatch match;
    match.verdict = *wanted == *file.build_id() ? OopsImage::Matches : OopsImage::Differs;
    const std::string theirs = symbols::build_id_text(*file.build_id());
    match.how = match.verdict == OopsImage::Matches
                    ? fmt::format("its build-id is the report's, {}", theirs)
                    : fmt::format("its build-id {} is not the report's {}", theirs,
                                  symbols::build_id_text(*wanted));
    return match;
}

// Another processor's file, or one that does not have the symbol.
std::optional<std::string> cannot_be(const model::OopsReport& report,
                                     const model::OopsSymbol& symbol, const ElfFile& file) {
    const auto machine = machine_of(report);
    // MIPS's text does not say the byte order.
    const bool told = machine && machine->arch != Arch::Mips && machine->arch != Arch::Mips64;
    if (machine && (machine->arch != file.machine().arch ||
                    (told && machine->big_endian != file.machine().big_endian))) {
        return "it is for another processor";
    }
    if (symbol.name.empty() || find_symbol(file, symbol)) return std::nullopt;
    if (symbol.size == 0) return fmt::format("it has no {}", escaped(symbol.name));
    return fmt::format("it has no {} of {:#x} bytes", escaped(symbol.name), symbol.size);
}

std::vector<const model::OopsFrame*> frames_of(const model::OopsReport& report,
                                               const std::string& module) {
    std::vector<const model::OopsFrame*> frames;
    for (const model::OopsFrame& frame : report.trace) {
        const bool counts = frame.reliable && !frame.symbol.name.empty() && frame.symbol.size != 0;
        if (counts && same_module(frame.symbol.module, module)) frames.push_back(&frame);
    }
    return frames;
}

ImageMatch differs(std::string how) {
    ImageMatch match;
    match.verdict = OopsImage::Differs;
    match.how = std::move(how);
    return match;
}

ImageMatch by_sizes(const model::OopsReport& report, const std::string& module,
                    const ElfFile& file) {
    std::set<std::string> found;
    for (const model::OopsFrame* frame : frames_of(report, module)) {
        if (const auto why = cannot_be(report, frame->symbol, file)) return differs(*why);
        found.insert(frame->symbol.name);
    }
    ImageMatch match;
    match.verdict = OopsImage::Unproven;
    match.how = "nothing in the text to compare with";
    if (found.empty()) return match;
    match.sizes_agree = true;
    match.how = fmt::format("the text has no bytes of its code; the sizes of {} agree",
                            counted(found.size(), "symbol"));
    return match;
}

ImageMatch by_bytes(const model::OopsReport& report, symbols::OpenImage& image, uint64_t symbol) {
    const CodeComparison compared = compare_code(report, image, symbol);
    const std::string place = fmt::format("{}+{:#x}", escaped(report.pc.name), report.pc.offset);
    if (compared.different != 0) {
        return differs(fmt::format("{} of {} around {} are not the report's", compared.different,
                                   counted(compared.total(), "code byte"), place));
    }
    if (compared.same < kFewestBytes) {
        ImageMatch match = by_sizes(report, report.pc.module, image.info.file());
        if (match.verdict == OopsImage::Unproven && compared.same != 0) {
            match.how = fmt::format("only {} to compare with", counted(compared.same, "code byte"));
        }
        return match;
    }
    std::string how = fmt::format("its {} around {} are the report's",
                                  counted(compared.same, "code byte"), place);
    if (compared.patched != 0) {
        how += fmt::format("; {} more are put there when it is loaded or runs", compared.patched);
    }
    ImageMatch match;
    match.verdict = OopsImage::Matches;
    match.how = std::move(how);
    return match;
}

}  // namespace

std::optional<uint64_t> find_symbol(const ElfFile& file, const model::OopsSymbol& symbol) {
    std::vector<ElfFile::Symbol> named;
    file.each_symbol([&](const ElfFile::Symbol& other) {
        if (other.name == symbol.name) named.push_back(other);
    });
    std::set<uint64_t> fitting;
    for (const ElfFile::Symbol& other : named) {
        const bool fits = symbol.size == 0 || other.size == 0 ||
                          (symbol.size >= other.size && symbol.size - other.size < kPadding);
        if (fits && symbol.offset <= std::max(symbol.size, other.size)) {
            fitting.insert(other.address);
        }
    }
    if (fitting.size() != 1) return std::nullopt;
    return *fitting.begin();
}

ImageMatch match_code(const model::OopsReport& report, symbols::OpenImage& image) {
    const ElfFile& file = image.info.file();
    const auto symbol = find_symbol(file, report.pc);
    ImageMatch match;
    if (const auto why = cannot_be(report, report.pc, file)) {
        match = differs(*why);
    } else if (auto known = by_build_id(report.pc.build_id, file)) {
        match = std::move(*known);
    } else if (symbol) {
        match = by_bytes(report, image, *symbol);
    } else {
        match = by_sizes(report, report.pc.module, file);
    }
    match.image = &image;
    match.symbol = symbol.value_or(0);
    return match;
}

ImageMatch match_frames(const model::OopsReport& report, const std::string& module,
                        symbols::OpenImage& image) {
    const bool is_pc = !report.pc.name.empty() && same_module(module, report.pc.module);
    if (is_pc) return match_code(report, image);
    const ElfFile& file = image.info.file();
    ImageMatch match = by_sizes(report, module, file);
    if (match.verdict != OopsImage::Differs) {
        for (const model::OopsFrame* frame : frames_of(report, module)) {
            auto known = by_build_id(frame->symbol.build_id, file);
            if (known) match = std::move(*known);
        }
    }
    match.image = &image;
    return match;
}

}  // namespace knowhy::oops
