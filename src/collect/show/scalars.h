// The words for single values: numbers, addresses, text, and the small structs that stand for one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "collect/show/kernel_view.h"
#include "collect/show/value_reader.h"
#include "model/shown.h"

namespace knowhy::collect {

// Number, kind and byte order of a scalar or pointer.
void read_scalar(const Spot& spot, std::span<const uint8_t> bytes, model::Shown& shown);
// Those of a number that has no names.
std::string number_words(const Spot& spot, const model::Shown& shown);
// A __be32 whose member is called an address. False: it is none.
bool fill_ip(const Spot& spot, std::span<const uint8_t> bytes, model::Shown& shown);

// " jiffies, 250 ticks ago" behind a number that is a time of the kernel's clock, as far as its
// `jiffies` can be read; "" behind others.
std::string tick_words(const Spot& spot, uint64_t number, KernelView& view);

bool is_char(const symbols::Type& type);
std::string mac_words(std::span<const uint8_t> bytes);  // of the first six
std::string ip_words(std::span<const uint8_t> bytes);   // of 4 or 16; "" otherwise
std::string mac_at(KernelView& view, uint64_t address);
// A NUL-terminated string of at most `most` bytes; nullopt: not readable.
std::optional<std::string> string_at(KernelView& view, uint64_t address, size_t most);
// "LIST_POISON1"; "" for what is no poison.
std::string poison_words(uint64_t address);

// What tells one of the kernel's objects from others: a device's name, a task's command; "" none.
std::string object_words(const KernelObject& object, KernelView& view);
// "empty", "unlocked": of lists and locks; "" for other structs.
std::string structure_words(const KernelObject& object, const std::string& name);

}  // namespace knowhy::collect
