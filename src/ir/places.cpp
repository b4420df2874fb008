#include "ir/places.h"

#include <algorithm>

namespace knowhy::ir {
namespace {

void limit(std::vector<AddressRoom>& rooms, Reg reg, uint32_t bytes) {
    if (reg.index < rooms.size()) rooms[reg.index].bytes = std::min(rooms[reg.index].bytes, bytes);
}

// The elements that a ForEach anywhere hands to the function.
void limit_parameters(std::vector<AddressRoom>& rooms, const Program& program, FunctionId id,
                      const Instruction& instruction) {
    const auto* each = std::get_if<ForEach>(&instruction);
    const std::vector<Reg>& parameters = program.functions[id.index].parameters;
    if (each == nullptr || each->body != id || each->map.index >= program.maps.size() ||
        parameters.size() != 2)
        return;
    const Map& map = program.maps[each->map.index];
    limit(rooms, parameters[0], map.key_bytes);
    limit(rooms, parameters[1], map.value_bytes);
    if (parameters[0].index < rooms.size()) rooms[parameters[0].index].writable = false;
}

}  // namespace

std::vector<AddressRoom> address_rooms(const Program& program, FunctionId id) {
    const Function& function = program.functions[id.index];
    std::vector<AddressRoom> rooms(function.registers.size());
    for (const Function& caller : program.functions)
        for (const Block& block : caller.blocks)
            for (const Instruction& instruction : block.body)
                limit_parameters(rooms, program, id, instruction);
    for (const Block& block : function.blocks) {
        const auto* lookup = std::get_if<Lookup>(&block.end);
        if (lookup != nullptr && lookup->map.index < program.maps.size())
            limit(rooms, lookup->value, program.maps[lookup->map.index].value_bytes);
    }
    return rooms;
}

}  // namespace knowhy::ir
