// libpcap's own filter machine: what ours must agree with. For tests and fuzzers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "pcap/filter.h"

namespace knowhy::pcap {

class Reference {
  public:
    // nullopt where libpcap refuses the expression.
    static std::optional<Reference> compile(const std::string& expression, Link link);
    Reference(Reference&&) noexcept;
    Reference& operator=(Reference&&) noexcept;
    ~Reference();

    // Whether a packet matches of which `copy` is all that can be seen of `length` bytes.
    [[nodiscard]] bool matches(std::span<const uint8_t> copy, uint32_t length) const;

  private:
    struct Compiled;
    explicit Reference(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace knowhy::pcap
