// Constants that C headers #define, so that BTF does not have them: of the network's own and the
// few others that scripts use. bpftrace gets them by including the headers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace knowhy::lang {

std::optional<int64_t> header_constant(std::string_view name);

}  // namespace knowhy::lang
