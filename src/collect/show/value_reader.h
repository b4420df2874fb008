// A type at an address, as people read it.
#pragma once

#include <set>
#include <span>
#include <string>
#include <utility>

#include "collect/show/kernel_view.h"
#include "collect/show/names.h"
#include "model/shown.h"

namespace knowhy::collect {

struct ReadOptions {
    unsigned depth = 1;        // levels of structs, and of what pointers point to, that are opened
    unsigned elements = 32;    // of an array that are told, equal neighbours as one
    unsigned values = 20'000;  // of one object: what is beyond is said to be left out
};

// A value's place, and the struct and the member that it was reached by ("" where it was not).
struct Spot {
    TypeRef type;
    uint64_t address = 0;
    uint32_t bit_offset = 0;  // of a bitfield, within the byte
    uint32_t bit_size = 0;
    std::string aggregate;
    std::string member;
};

class ValueReader {
  public:
    ValueReader(KernelView& view, ReadOptions options)
        : view_(view), options_(options), book_(view) {}

    // Kind::Missing, with why, where its bytes cannot be read.
    model::Shown read(const Spot& spot, std::string name);
    NumberBook& book() { return book_; }

  private:
    using Bytes = std::span<const uint8_t>;
    model::Shown value(const Spot& spot, std::string name, Bytes bytes, unsigned level);
    void fill(const Spot& spot, Bytes bytes, unsigned level, model::Shown& shown);
    void fill_scalar(const Spot& spot, Bytes bytes, model::Shown& shown);
    bool fill_named(const Spot& spot, model::Shown& shown);
    void fill_pointer(const Spot& spot, Bytes bytes, unsigned level, model::Shown& shown);
    void fill_array(const Spot& spot, Bytes bytes, unsigned level, model::Shown& shown);
    void fill_elements(const Spot& spot, Bytes bytes, unsigned level, model::Shown& shown);
    void fill_aggregate(const Spot& spot, Bytes bytes, unsigned level, model::Shown& shown);
    bool fill_known(const Spot& spot, Bytes bytes, model::Shown& shown);
    void fill_members(const Spot& spot, Bytes bytes, unsigned level, model::Shown& shown);
    void follow(const TypeRef& target, unsigned level, model::Shown& shown);
    [[nodiscard]] std::string pointed_words(const TypeRef& target, uint64_t address);
    bool may_open(unsigned level);

    KernelView& view_;
    ReadOptions options_;
    NumberBook book_;
    unsigned values_ = 0;
    std::set<std::pair<uint64_t, std::string>> open_;  // what pointers led to, once each
};

}  // namespace knowhy::collect
