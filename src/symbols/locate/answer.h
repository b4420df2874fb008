// From one address of an image to all that is told about it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/located.h"
#include "symbols/locate/image.h"
#include "symbols/locate/source.h"

namespace knowhy::symbols {

// What is asked about: an address, and the code around it that belongs to the answer.
struct Body {
    uint64_t address = 0;
    std::vector<AddressRange> ranges;  // the function's, the inlined instance's or the line's
    bool inlined = false;
    DieOffset die = 0;         // of the instance; 0: not one alone
    uint32_t line = 0;         // of the row that was asked for; 0: no line was
    SourceLine declared = {};  // the function, where it was asked for by name
};

class Answerer {
  public:
    // Both must outlive this. `variable`: only that one, with a place to probe for it.
    Answerer(OpenImage& image, SourceText& source, std::optional<std::string> variable)
        : image_(image), source_(source), variable_(std::move(variable)) {}

    Result<model::LocatedInstance> instance(const Body& body);
    // The body's instructions, with where variables live and where that changes.
    Result<std::vector<model::CodeLine>> listing(const Body& body);
    // Names of everything in scope somewhere in the body.
    Result<std::vector<std::string>> names(const Body& body);

    std::vector<model::InlineLevel> chain(uint64_t address);

  private:
    Result<std::vector<Variable>> chosen(const Body& body);
    Result<std::vector<Variable>> everywhere(const Body& body);
    model::LocatedVariable described(const Variable& variable, const Body& body);
    [[nodiscard]] model::ProbeAdvice advice(uint64_t address) const;
    [[nodiscard]] std::optional<uint64_t> nearest_safe(uint64_t address) const;
    [[nodiscard]] Result<std::optional<model::BestProbe>> best(const Variable& variable,
                                                               const Body& body) const;
    [[nodiscard]] std::optional<model::BestProbe> best_in(
        const Variable& variable, const std::vector<AddressRange>& ranges) const;
    [[nodiscard]] std::optional<model::BestProbe> probe_at(const Variable& variable,
                                                           uint64_t address) const;
    [[nodiscard]] std::string instruction(uint64_t address, unsigned length) const;

    OpenImage& image_;
    SourceText& source_;
    std::optional<std::string> variable_;
};

}  // namespace knowhy::symbols
