// Names of numbers that the network's interfaces fix for good, as SystemTap's tapset has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::lang {

// Of a table that Type::named_number() names; "UNDEF" for a number that has none.
std::string number_name(std::string_view table, int64_t number);

// Two tables are the C library's: "error text" (what strerror(3) says) and "signal" (SIGKILL). What
// they do not have is "Unknown error 600", "Unknown signal 99".
//
// The other tables there are: "family", "protocol", "socket state", "socket type", "tcp state".
std::vector<std::string_view> number_tables();

}  // namespace knowhy::lang
