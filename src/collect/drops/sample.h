// A sample off the ring buffer to the model.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "collect/drops/wire.h"
#include "model/drop.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::collect {

model::DropKey to_key(const kw_key& wire);

struct ReadSample {
    model::DropKey key;
    model::DropSample sample;
};

// nullopt for bytes that are no sample. Places are resolved with `symbols`; without it they hold
// addresses only.
//
// The stack begins at the free's caller. What a function around the free left is believed only if
// the stack has that function: such functions see every packet, and one that has returned says
// nothing about this loss. Without a stack those facts are left out.
std::optional<ReadSample> read_sample(std::span<const std::byte> bytes,
                                      const symbols::SymbolTable* symbols);

// The place of a key: of the call before a return address, or of a function's start (Refusal).
model::Place place_of(const model::DropKey& key, const symbols::SymbolTable* symbols);

}  // namespace knowhy::collect
