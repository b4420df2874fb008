// Calls of functions in few bytes: tables of what comes again and again, then the calls as numbers.
// docs/recording.md has the layout ("Calls"). Each payload has tables of its own, so that one can
// be read without those before it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/trace.h"

namespace knowhy::model {

// A call's values, with their members, are at most so many; what is beyond them is left out.
constexpr size_t kMaxCallValues = 1024;
constexpr size_t kMaxValueDepth = 8;

class CallPacker {
  public:
    void add(const TracedCall& call);
    [[nodiscard]] uint64_t calls() const { return count_; }
    // About what payload() will take.
    [[nodiscard]] size_t bytes() const { return calls_.size() + table_bytes_; }
    [[nodiscard]] uint64_t first_ns() const { return first_ns_; }
    [[nodiscard]] uint64_t last_ns() const { return last_ns_; }
    [[nodiscard]] std::vector<uint8_t> payload() const;

  private:
    using Bytes = std::vector<uint8_t>;
    // What was seen, by its bytes, in the order in which it came.
    struct Table {
        std::map<std::string, uint64_t, std::less<>> numbers;
        std::vector<const std::string*> entries;
    };

    uint64_t in(Table& table, std::string_view entry);
    uint64_t string(std::string_view text) { return in(strings_, text); }
    uint64_t number(uint64_t value);
    uint64_t thread(const TracedCall& call);
    uint64_t packet(const RawPacket& packet);
    // Appends a value's nodes to a shape, and its contents to the call.
    void add_value(const TracedValue& value, size_t depth, size_t& left, std::string& shape);
    uint8_t add_leaf(const Value& value);

    Table strings_, numbers_, packets_, others_, threads_, shapes_;
    size_t table_bytes_ = 0;
    Bytes calls_;
    Bytes leaves_;  // of the call that is being added
    uint64_t count_ = 0;
    uint64_t first_ns_ = 0, last_ns_ = 0;
    uint64_t time_ = 0;                                  // of the call before
    std::pair<uint64_t, uint32_t> runs_{UINT64_MAX, 0};  // its thread and CPU
};

// For hostile input; an error says what is wrong with it. `functions`: how many there are.
Status unpack_calls(std::span<const uint8_t> payload, size_t functions,
                    const std::function<Status(TracedCall&&)>& take);

}  // namespace knowhy::model
