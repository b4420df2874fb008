// One function's code and variables, taken together: what recovery asks.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/dwarf.h"
#include "symbols/probe/probe.h"
#include "symbols/recover/recover.h"

namespace knowhy::symbols {

// The instance's own code, the part that it is entered at first; nullopt where a part has no bytes.
std::optional<Code> code_of(const ElfFile& code, const ProbeSafety& safety,
                            const Instance& instance);

// Stays where it is made: Recovery refers to the rest. `info` must outlive it.
class FunctionFacts {
  public:
    // The function that `instance` is, with its code from `code`. nullptr where there is no code or
    // no debug information to work on.
    static std::unique_ptr<FunctionFacts> of(DebugInfo& info, const ElfFile& code,
                                             const ProbeSafety& safety, const Instance& instance);

    FunctionFacts(const FunctionFacts&) = delete;
    FunctionFacts& operator=(const FunctionFacts&) = delete;

    [[nodiscard]] Recovered at(uint64_t address, DieOffset variable) const {
        return recovery_.at(address, variable);
    }
    [[nodiscard]] bool may_be_set(uint64_t address, DieOffset variable) const {
        return recovery_.may_be_set(address, variable);
    }
    [[nodiscard]] const Code& code() const { return code_; }
    [[nodiscard]] const std::vector<Variable>& variables() const { return variables_; }

  private:
    FunctionFacts(Code code, std::vector<Variable> variables, const Types& types,
                  const std::vector<LineRow>& rows)
        : code_(std::move(code)),
          variables_(std::move(variables)),
          recovery_(code_, variables_, types, {}, rows) {}

    Code code_;
    std::vector<Variable> variables_;
    Recovery recovery_;
};

}  // namespace knowhy::symbols
