// The script that watches functions, and what its records mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collect/functions/chosen.h"
#include "model/script.h"
#include "model/trace.h"
#include "symbols/types/types.h"

namespace knowhy::collect {

// A value of a record, and what it is.
struct ValueShape {
    std::string name;
    std::string type;
    size_t at = 0;  // among the record's values
    bool is_truth = false;
    symbols::TypeId enumeration = symbols::kVoid;
    std::vector<ValueShape> members;
};

// The values of a record: its number, the time, CPU, thread and command, then those of `values`.
struct RecordShape {
    uint32_t function = 0;  // into the chosen ones
    model::TracedCall::Kind kind = model::TracedCall::Kind::Entered;
    std::vector<ValueShape> values;
    std::optional<size_t> skb;     // where its address is
    std::optional<size_t> packet;  // where the packet is: bytes, EtherType, length
    static constexpr size_t kFirst = 5;
};

struct TracerOptions {
    bool arguments = true;
    bool returns = true;
    uint32_t netns = 0;  // only what is about that one; 0: all
    std::string device;  // only what is about that device; "": all
};

struct Tracer {
    std::string text;  // in the bpftrace dialect
    std::vector<RecordShape> shapes;
    // Functions that say nothing of what was asked for by device or namespace: all their calls
    // are recorded.
    std::vector<std::string> unfiltered;
};

Tracer make_tracer(const std::vector<ChosenFunction>& functions, lang::Kernel& kernel,
                   const TracerOptions& options);

// The call that a record tells; nullopt for a record that is none of these shapes.
std::optional<model::TracedCall> call_of(const model::Value& record,
                                         const std::vector<RecordShape>& shapes,
                                         const symbols::Types& types);

}  // namespace knowhy::collect
