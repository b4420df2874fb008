#include "oops/decode/listing.h"

#include <fmt/format.h>

namespace knowhy::oops {
namespace {

class Lister {
  public:
    Lister(const model::OopsReport& report, const CodeLine& line, const symbols::Decoder& decoder,
           const ImageMatch& match, ImageSet& images)
        : report_(report), line_(line), decoder_(decoder), match_(match), images_(images) {}

    std::vector<model::OopsInstruction> list() {
        std::vector<model::OopsInstruction> listing;
        for (size_t i = 0; i < line_.instructions.size(); ++i) listing.push_back(item(i));
        return listing;
    }

  private:
    model::OopsInstruction item(size_t index) {
        const symbols::Instruction& instruction = line_.instructions[index];
        const auto bytes = line_.bytes_of(instruction);
        model::OopsInstruction item;
        item.address = instruction.address;
        item.symbol = place_text(report_, line_, instruction.address);
        item.bytes = fmt::format("{:02x}", fmt::join(bytes, " "));
        const auto at = std::span(line_.bytes).subspan(instruction.address - line_.address);
        const symbols::NameOf name_of = [&](uint64_t address) {
            return place_text(report_, line_, address);
        };
        item.text = instruction_text(decoder_, at, instruction.address, name_of);
        item.faulting = index == line_.fault;
        item.sure = index >= line_.first_sure;
        if (!item.symbol.empty() && match_.proven()) place(item, instruction.address);
        return item;
    }

    // Where the line is another one than before.
    void place(model::OopsInstruction& item, uint64_t address) {
        const uint64_t pc = line_.instructions[line_.pc].address;
        const uint64_t there = match_.symbol + report_.pc.offset + (address - pc);
        const auto levels = match_.image->info.levels(there);
        if (!levels || levels->empty()) return;
        const symbols::SourceLine& at = levels->front().at;
        const bool same = at.file == last_.file && at.line == last_.line;
        if (same && !item.faulting) return;
        last_ = at;
        item.file = at.file;
        item.line = at.line;
        item.source = images_.source_line(at.file, at.line);
    }

    const model::OopsReport& report_;
    const CodeLine& line_;
    const symbols::Decoder& decoder_;
    const ImageMatch& match_;
    ImageSet& images_;
    symbols::SourceLine last_;
};

}  // namespace

std::string place_text(const model::OopsReport& report, const CodeLine& line, uint64_t address) {
    if (report.pc.name.empty()) return "";
    const uint64_t pc = line.instructions[line.pc].address;
    const uint64_t offset = report.pc.offset + (address - pc);
    const bool inside =
        static_cast<int64_t>(offset) >= 0 && (report.pc.size == 0 || offset < report.pc.size);
    return inside ? fmt::format("{}+{:#x}", report.pc.name, offset) : "";
}

std::vector<model::OopsInstruction> list_code(const model::OopsReport& report, const CodeLine& line,
                                              const symbols::Decoder& decoder,
                                              const ImageMatch& match, ImageSet& images) {
    return Lister(report, line, decoder, match, images).list();
}

}  // namespace knowhy::oops
