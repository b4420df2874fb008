// Objects of the network stack that functions are given by pointer, and what tells one from others
// of its type on any host: an address does not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/types/types.h"

namespace knowhy::collect {

struct ObjectMember {
    std::string name;  // as it is shown
    std::string path;  // from the pointer: "dev->name", "nd_net.net->ns.inum"
};

struct Object {
    std::string type;  // the struct's name
    std::vector<ObjectMember> members;
    std::string device;  // the path to the name of its device; "" it has none
    std::string netns;   // the path to the number of its namespace; "" none
};

// nullptr: it is not one of them.
const Object* object_of(std::string_view struct_name);

// The type at the end of a path, in this kernel. nullopt: it has no such member.
std::optional<symbols::TypeId> type_at(const symbols::Types& types, symbols::TypeId struct_type,
                                       std::string_view path);

}  // namespace knowhy::collect
