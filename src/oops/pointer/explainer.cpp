#include "oops/pointer/explainer.h"

#include <algorithm>

#include "base/text.h"
#include "oops/decode/listing.h"
#include "oops/pointer/classify.h"
#include "oops/pointer/ranking.h"
#include "oops/pointer/sentences.h"
#include "oops/pointer/traps.h"

namespace knowhy::oops {
namespace {

using model::OopsKind;
using symbols::Instruction;

bool has_operand_registers(const symbols::MemoryOperand& operand) {
    return operand.base || operand.index;
}

// The values that the operand's address is made of, worked out as far as they can be.
std::optional<Values> solved(const Way& way, const symbols::MemoryOperand& operand,
                             const Registers& registers, symbols::Arch arch,
                             const TextOf& text_of) {
    Values values(way, registers, arch, text_of);
    if (operand.base) values.at_fault(*operand.base);
    if (operand.index) values.at_fault(*operand.index);
    if (!values.solve()) return std::nullopt;
    return values;
}

}  // namespace

bool Explainer::is_about_a_pointer() const {
    switch (report_.kind) {
        case OopsKind::NullDereference:
        case OopsKind::PagingRequest:
        case OopsKind::GeneralProtection:
        case OopsKind::AlignmentFault:
        case OopsKind::BusError:
        case OopsKind::Kasan:
        case OopsKind::Kfence:
            return true;
        case OopsKind::Unknown:
        case OopsKind::OtherCrash:
        case OopsKind::DoubleFault:
        case OopsKind::StackOverflow:
            return report_.fault_address.has_value();
        default:
            return false;
    }
}

void Explainer::note_image() {
    explanation_.image = match_.verdict;
    explanation_.image_how = match_.how;
    if (match_.image != nullptr) {
        const auto& file = match_.image->code ? *match_.image->code : match_.image->info.file();
        explanation_.image_file = file.path();
    }
    if (match_.verdict == model::OopsImage::Differs) {
        explanation_.notes.push_back("the image is another build's and names nothing here: " +
                                     match_.how);
    }
}

uint64_t Explainer::image_fault() const {
    const uint64_t behind =
        line_ ? line_->faulting().address - line_->instructions[line_->pc].address : 0;
    return match_.symbol + report_.pc.offset + behind;
}

TextOf Explainer::text_of_line() const {
    return [this](const Instruction& instruction) {
        const auto bytes = line_->bytes_of(instruction);
        return instruction_text(*decoder_, bytes, instruction.address, nullptr);
    };
}

// By the image's own decoder: a text need not tell the byte order, nor which MIPS it is.
TextOf Explainer::text_of_image() const {
    return [this](const Instruction& instruction) -> std::string {
        const auto& safety = match_.image->safety();
        if (!safety) return "";
        const auto bytes = match_.image->code->bytes_at(instruction.address);
        const auto own = bytes.first(std::min<size_t>(bytes.size(), instruction.length));
        return instruction_text(safety->decoder(), own, instruction.address, nullptr);
    };
}

void Explainer::decode() {
    const auto machine = machine_of(report_);
    if (!machine) {
        explanation_.notes.push_back("code of this architecture is not decoded here");
        return;
    }
    auto decoder = symbols::Decoder::open(*machine);
    if (!decoder) {
        explanation_.notes.push_back(decoder.error().message);
        return;
    }
    decoder_ = std::move(*decoder);
    registers_ = Registers(report_, machine->arch);
    line_ = read_code_line(report_, *decoder_);
    if (!line_) {
        explanation_.notes.push_back(report_.code.unreadable ? "the code at the pc was not readable"
                                     : report_.code.bytes.empty()
                                         ? "the text has no Code line"
                                         : "the Code line cannot be read: no byte of it is marked, "
                                           "or it ends too early");
        return;
    }
    explanation_.listing = list_code(report_, *line_, *decoder_, match_, images_);
    explanation_.instruction = explanation_.listing[line_->fault].text;
    explanation_.disagreement = line_->problem;
    if (match_.proven() && match_.symbol != 0) {
        names_.emplace(*match_.image, image_fault());
        explanation_.meanings = names_->meanings();
    }
}

void Explainer::look_at_fault() {
    if (!line_ || !line_->problem.empty()) return;
    fault_ = find_fault(report_, line_->faulting(), registers_, line_->absolute);
    explanation_.effective_address = fault_.effective;
    explanation_.agrees = fault_.agrees;
    explanation_.disagreement = fault_.disagreement;
    if (fault_.operand && !fault_.effective) {
        explanation_.notes.push_back(
            "the address cannot be computed: not all of its registers are printed");
    }
    judge_general_protection();
}

// No address is printed then; one that could be mapped is not what faulted.
void Explainer::judge_general_protection() {
    if (report_.kind != OopsKind::GeneralProtection || !fault_.effective || report_.fault_address) {
        return;
    }
    if (!is_canonical(report_, *fault_.effective)) {
        explanation_.notes.push_back(
            "the processor does not say the address: it is computed from the registers");
        return;
    }
    explanation_.disagreement =
        fmt::format("the registers give {:#x}, which is no cause of a general protection fault",
                    *fault_.effective);
    explanation_.agrees = false;
}

Ways Explainer::ways() {
    by_image_ = false;
    if (match_.proven() && match_.image->code && match_.symbol != 0) {
        const auto* function = match_.image->function_around(image_fault());
        const Instruction* at = function != nullptr ? function->code().at(image_fault()) : nullptr;
        const bool same = at != nullptr && at->memory == line_->faulting().memory;
        if (same) {
            by_image_ = true;
            const TextOf text = text_of_image();
            const auto wants_more = [&](const Way& way) {
                Values values(way, registers_, decoder_->machine().arch, text);
                if (fault_.operand->base) values.at_fault(*fault_.operand->base);
                if (fault_.operand->index) values.at_fault(*fault_.operand->index);
                return values.wants_more();
            };
            return ways_to(function->code(), image_fault(), registers_, text, wants_more);
        }
        explanation_.notes.push_back(
            "the instruction is not the image's (it is patched at run time): only the Code line is "
            "looked at");
    }
    Ways ways;
    Way way = way_of(*line_);
    if (is_possible(way, registers_, decoder_->machine().arch, text_of_line())) {
        ways.ways.push_back(std::move(way));
    }
    return ways;
}

std::vector<model::OopsReading> Explainer::readings_by(const Ways& all) {
    const symbols::Arch arch = decoder_->machine().arch;
    const TextOf text = by_image_ ? text_of_image() : text_of_line();
    const Instruction& faulting = line_->faulting();
    Access access{
        report_, fault_, arch, explanation_.instruction, faulting.address, fault_.operand->bytes,
        0};
    if (by_image_) access.print_offset = faulting.address - image_fault();
    std::vector<model::OopsReading> readings;
    for (const Way& way : all.ways) {
        auto values = solved(way, *fault_.operand, registers_, arch, text);
        if (!values) continue;
        readings.push_back(read_pointer(access, *values, names_ ? &*names_ : nullptr));
    }
    return readings;
}

void Explainer::look_at_pointer() {
    if (!is_about_a_pointer() || !fault_.operand || !fault_.effective) return;
    if (explanation_.agrees == false || !explanation_.disagreement.empty()) return;
    const Ways all = ways();
    auto readings = readings_by(all);
    if (readings.empty() && has_operand_registers(*fault_.operand)) {
        explanation_.disagreement =
            "the registers are not what the instructions before the fault leave in them";
        explanation_.agrees = false;
        return;
    }
    explanation_.readings = ranked(std::move(readings), all.complete);
    if (explanation_.agrees != true) doubt_unchecked();
    if (by_image_ && !all.complete) {
        explanation_.notes.push_back("not every way through the function was followed");
    }
}

// What a division has from memory is named as what a bad access is to.
void Explainer::name_divisor() {
    const bool from_memory = report_.kind == OopsKind::DivideError && fault_.operand &&
                             fault_.effective && names_ && explanation_.disagreement.empty();
    if (!from_memory) return;
    const Ways all = ways();
    const auto readings = ranked(readings_by(all), all.complete);
    if (readings.size() != 1 || readings[0].expression.empty()) return;
    explanation_.notes.push_back("the divisor is " + readings[0].expression);
}

// Without an address in the text nothing says that code and registers are as they were. Proven
// code, and a value that no accident makes, are enough.
void Explainer::doubt_unchecked() {
    using model::OopsPointer;
    for (model::OopsReading& reading : explanation_.readings) {
        const bool unmistakable = reading.base == 0 || reading.pointer == OopsPointer::ErrPtr ||
                                  reading.pointer == OopsPointer::ListPoison ||
                                  reading.pointer == OopsPointer::SlabPoison;
        if (match_.proven() && unmistakable) continue;
        reading.grade = model::OopsGrade::Possible;
        reading.steps.push_back({"the text has no fault address to hold this against",
                                 reading.grade, std::nullopt, std::nullopt, ""});
    }
}

model::OopsExplanation Explainer::run() {
    note_image();
    decode();
    look_at_fault();
    look_at_pointer();
    if (!is_about_a_pointer() && line_) {
        explain_trap(report_, *line_, registers_, decoder_->machine().arch, explanation_);
        name_divisor();
    }
    if (explanation_.readings.empty()) explain_by_text(report_, explanation_);
    explanation_.summary = summary_of(report_, explanation_, fault_, names_ ? &*names_ : nullptr);
    explanation_.next = next_of(report_, explanation_);
    return std::move(explanation_);
}

}  // namespace knowhy::oops
