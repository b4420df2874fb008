// How much room there is where a program reads and writes.
#pragma once

#include <optional>
#include <vector>

#include "ir/ir.h"

namespace knowhy::ir {

// What an Address of a function may be used for.
struct AddressRoom {
    uint32_t bytes = UINT32_MAX;  // of the smallest key or value that it can be
    bool writable = true;         // not a key
};

// By register of the function; for those that are no Address, without meaning. What
// names a map or register that does not exist is passed over.
std::vector<AddressRoom> address_rooms(const Program& program, FunctionId function);

}  // namespace knowhy::ir
