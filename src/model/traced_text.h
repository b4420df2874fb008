// A traced call's values as one line has them. Raw: printers escape.
#pragma once

#include <string>
#include <vector>

#include "model/trace.h"

namespace knowhy::model {

// "3", "-EINVAL (-22)", "NULL", "0xffff888012345600", "NETDEV_UP", "{a=1, b=2}", `"lo"`.
std::string text_of(const Value& value);
// Of a pointer to an object that has a name, that comes first: "eth0 (0xffff888012345600)".
std::string text_of(const TracedValue& value);
// "dev=eth0 (0xffff888012345600), enable=1": arguments, or what came back without its name.
std::string text_of(const std::vector<TracedValue>& values);

}  // namespace knowhy::model
