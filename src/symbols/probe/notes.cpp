#include "symbols/probe/notes.h"

#include <algorithm>

#include "symbols/probe/image_table.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

class Notes {
  public:
    Notes(const ElfFile& image, const Decoder& decoder, const CodeTables& tables,
          std::span<const CodeRange> ranges)
        : image_(image), decoder_(decoder), tables_(tables), ranges_(ranges) {}

    CodeNotes read() {
        for (const auto& [instruction, fixup] : tables_.exceptions) {
            if (inside(fixup)) notes_.entered.push_back(fixup);
        }
        for (const CodeRange& range : ranges_) {
            const uint64_t end = range.address + range.bytes.size();
            copy_jump_labels(range.address, end);
            copy_bugs(range.address, end);
            copy_ftrace_sites(range.address, end);
            copy_alternatives(range.address, end);
            if (image_.relocatable()) copy_relocations(range.address, end);
        }
        return std::move(notes_);
    }

  private:
    [[nodiscard]] bool inside(uint64_t address) const {
        return std::any_of(ranges_.begin(), ranges_.end(), [&](const CodeRange& range) {
            return address - range.address < range.bytes.size();
        });
    }

    void copy_jump_labels(uint64_t from, uint64_t to) {
        const auto end = tables_.jump_labels.lower_bound(to);
        for (auto label = tables_.jump_labels.lower_bound(from); label != end; ++label) {
            notes_.jumps.emplace_back(*label);
        }
    }

    void copy_bugs(uint64_t from, uint64_t to) {
        const auto end = tables_.bugs.lower_bound(to);
        for (auto bug = tables_.bugs.lower_bound(from); bug != end; ++bug) {
            if (!bug->second) notes_.final_traps.push_back(bug->first);
        }
    }

    void copy_ftrace_sites(uint64_t from, uint64_t to) {
        const auto& sites = tables_.ftrace_sites;
        const auto first = std::lower_bound(sites.begin(), sites.end(), from);
        const auto last = std::lower_bound(first, sites.end(), to);
        notes_.ftrace_sites.insert(notes_.ftrace_sites.end(), first, last);
    }

    void copy_alternatives(uint64_t from, uint64_t to) {
        auto at = std::lower_bound(
            tables_.alternatives.begin(), tables_.alternatives.end(), from,
            [](const Alternative& other, uint64_t wanted) { return other.site < wanted; });
        for (; at != tables_.alternatives.end() && at->site < to; ++at) copy_alternative(*at);
    }

    // Nops, barriers and jumps in place of each other change no value; what they do to the control
    // flow is written down as jumps.
    void copy_alternative(const Alternative& alternative) {
        const bool harmless =
            follow(alternative.site, alternative.site, alternative.bytes) &&
            follow(alternative.site, alternative.replacement, alternative.replacement_bytes);
        if (!harmless) {
            notes_.patched.emplace_back(alternative.site, alternative.site + alternative.bytes);
        }
    }

    // False when an instruction there changes a register or memory. Where they jump is noted as
    // jumps from the site.
    bool follow(uint64_t site, uint64_t from, uint64_t bytes) {
        bool harmless = true;
        const auto code = image_.bytes_at(from);
        for (uint64_t at = 0; at < bytes && at < code.size();) {
            const Instruction instruction = decoder_.decode(code.subspan(at), from + at);
            harmless = harmless && changes_nothing(instruction);
            note_jump(site, instruction);
            at += instruction.length;
        }
        return harmless;
    }

    static bool changes_nothing(const Instruction& instruction) {
        const RegisterSet values = RegisterSet(instruction.writes).reset(kFlags);
        return values.none() && !instruction.may_write_memory() &&
               instruction.kind != Kind::Return && !instruction.indirect;
    }

    [[nodiscard]] std::optional<uint64_t> target_of(const Instruction& instruction) const {
        if (!image_.relocatable()) return instruction.target;
        const uint64_t field = instruction.end() - 4;
        const auto value = relocated_value(image_, field);
        const bool counts_from_end = image_.machine().arch == Arch::X86_64;
        return value && counts_from_end ? std::optional(*value + 4) : value;
    }

    void note_jump(uint64_t site, const Instruction& instruction) {
        if (instruction.kind != Kind::Jump && instruction.kind != Kind::Branch) return;
        const auto target = target_of(instruction);
        if (!target) return;
        if (inside(*target)) {
            notes_.jumps.emplace_back(site, *target);
        } else {
            note_outlined(site, *target);
        }
    }

    // Until alternatives are applied, a test of a CPU feature jumps to code apart that decides and
    // jumps back (.altinstr_aux).
    void note_outlined(uint64_t site, uint64_t address) {
        constexpr unsigned kLongest = 4;
        const ElfFile::Section* const section = image_.section_of(address);
        if (section == nullptr || !section->name.starts_with(".altinstr_aux")) return;
        for (unsigned i = 0; i < kLongest; ++i) {
            const auto code = image_.bytes_at(address);
            if (code.empty()) return;
            const Instruction instruction = decoder_.decode(code, address);
            const auto target = target_of(instruction);
            const bool jumps = instruction.kind == Kind::Jump || instruction.kind == Kind::Branch;
            if (jumps && target && inside(*target)) notes_.jumps.emplace_back(site, *target);
            if (instruction.kind == Kind::Jump) return;
            address = instruction.end();
        }
    }

    void copy_relocations(uint64_t from, uint64_t to) {
        for (uint64_t at = from; at < to; ++at) {
            if (!image_.relocation_at(at)) continue;
            notes_.relocated.push_back({at, relocated_value(image_, at)});
        }
    }

    const ElfFile& image_;
    const Decoder& decoder_;
    const CodeTables& tables_;
    std::span<const CodeRange> ranges_;
    CodeNotes notes_;
};

}  // namespace

CodeNotes notes_of(const ElfFile& image, const Decoder& decoder, const CodeTables& tables,
                   std::span<const CodeRange> ranges) {
    return Notes(image, decoder, tables, ranges).read();
}

}  // namespace knowhy::symbols
