#include "ir/verify.h"

#include "ir/flow.h"
#include "ir/overloaded.h"
#include "ir/places.h"
#include "ir/print.h"

namespace knowhy::ir {
namespace {

class Verifier {
  public:
    Verifier(const Program& program, FunctionId id)
        : program_(program),
          function_(program.functions[id.index]),
          rooms_(address_rooms(program, id)) {}

    Status run() {
        if (function_.blocks.empty()) return fail(ErrorKind::Internal, "a program has no blocks");
        for (const Reg reg : function_.parameters) exists(reg);
        if (!problem_.empty()) return fail(ErrorKind::Internal, "parameters: {}", problem_);
        for (uint32_t index = 0; index < function_.blocks.size(); ++index) {
            const Block& block = function_.blocks[index];
            for (const Instruction& instruction : block.body)
                std::visit([&](const auto& any) { check(any); }, instruction);
            for (const BlockId next : successors(block.end)) expect(next);
            std::visit([&](const auto& any) { check(any); }, block.end);
            if (!problem_.empty()) return fail(ErrorKind::Internal, "b{}: {}", index, problem_);
        }
        RegSet live = live_at_entry(function_).front();
        for (const Reg reg : function_.parameters) live[reg.index] = false;
        for (size_t i = 0; i < live.size(); ++i)
            if (live[i]) return fail(ErrorKind::Internal, "%{} is read before it is assigned", i);
        return {};
    }

  private:
    template <typename... Args>
    void complain(fmt::format_string<Args...> format, Args&&... args) {
        if (problem_.empty()) problem_ = fmt::format(format, std::forward<Args>(args)...);
    }

    // --- what is named ---

    bool exists(Reg reg) {
        if (reg.index < function_.registers.size()) return true;
        complain("there is no register %{}", reg.index);
        return false;
    }
    bool exists(FunctionId id) {
        if (id.index < program_.functions.size()) return true;
        complain("there is no function f{}", id.index);
        return false;
    }
    bool exists(MapId id) {
        if (id.index < program_.maps.size()) return true;
        complain("there is no map @{}", id.index);
        return false;
    }

    void expect(BlockId id) {
        if (id.index >= function_.blocks.size()) complain("there is no block b{}", id.index);
    }

    void expect(Reg reg, Type type) {
        if (exists(reg) && function_.type_of(reg) != type)
            complain("%{} is {}, not {}", reg.index, to_text(function_.type_of(reg)),
                     to_text(type));
    }

    void expect(const Operand& operand, Type type) {
        std::visit(Overloaded{[&](Reg reg) { expect(reg, type); },
                              [&](Constant constant) {
                                  if (type == Type::U32 && constant.value > UINT32_MAX)
                                      complain("{:#x} does not fit u32", constant.value);
                                  if (type == Type::Address) complain("a constant address");
                              }},
                   operand);
    }

    void expect_number(Reg reg) {
        if (exists(reg) && function_.type_of(reg) == Type::Address)
            complain("%{} is an address, not a number", reg.index);
    }
    void expect_number(const Operand& operand) {
        if (const Reg* reg = std::get_if<Reg>(&operand)) expect_number(*reg);
    }

    void expect_width(uint8_t width) {
        if (width != 1 && width != 2 && width != 4 && width != 8)
            complain("an access of {} bytes", width);
    }

    // --- places ---

    [[nodiscard]] std::optional<uint64_t> room_of(const Place& place) {
        if (const Reg* reg = std::get_if<Reg>(&place.base)) {
            expect(*reg, Type::Address);
            if (!exists(*reg)) return std::nullopt;
            return rooms_[reg->index].bytes;
        }
        const BufferId id = std::get<BufferId>(place.base);
        if (id.index < program_.buffers.size()) return program_.buffers[id.index].bytes;
        complain("there is no buffer ${}", id.index);
        return std::nullopt;
    }

    void expect_inside(const Place& place, uint64_t bytes) {
        const auto room = room_of(place);
        const auto* offset = std::get_if<Constant>(&place.offset);
        if (offset == nullptr) {
            expect_number(place.offset);
            if (std::holds_alternative<Reg>(place.base)) complain("an address and an offset");
        } else if (room && (offset->value > *room || bytes > *room - offset->value)) {
            complain("{} bytes at {} of {}", bytes, offset->value, *room);
        }
    }

    void expect_writable(const Place& place, uint64_t bytes) {
        expect_inside(place, bytes);
        const Reg* reg = std::get_if<Reg>(&place.base);
        if (reg != nullptr && exists(*reg) && !rooms_[reg->index].writable)
            complain("%{} is a key, which is only read", reg->index);
    }

    // --- instructions ---

    void check(const Move& move) {
        if (!exists(move.to)) return;
        expect_number(move.to);
        const Reg* from = std::get_if<Reg>(&move.from);
        if (from == nullptr)
            expect(move.from, function_.type_of(move.to));
        else
            expect_number(*from);  // of either type: a move converts
    }

    void check(const Compute& compute) {
        expect_number(compute.to);
        same_type(compute.to, compute.left);
        same_type(compute.to, compute.right);
    }

    void same_type(Reg to, const Operand& from) {
        if (exists(to)) expect(from, function_.type_of(to));
    }

    void check(const PacketLength& length) { expect(length.to, Type::U32); }

    void check(const SignExtend& extend) {
        expect_number(extend.to);
        same_type(extend.to, extend.from);
        if (extend.bits != 8 && extend.bits != 16 && extend.bits != 32)
            complain("a sign at bit {}", extend.bits);
    }

    void check(const SwapBytes& swap) {
        expect_number(swap.to);
        same_type(swap.to, swap.from);
        const bool wide = exists(swap.to) && function_.type_of(swap.to) == Type::U64;
        if (swap.bits != 16 && swap.bits != 32 && (swap.bits != 64 || !wide))
            complain("a swap of {} bits", swap.bits);
    }

    void check(const LoadContext& load) {
        expect_number(load.to);
        expect_width(load.width);
        if (load.width == 0 || load.offset % load.width != 0 || load.offset > INT16_MAX)
            complain("the context at {}", load.offset);
    }

    void check(const ContextAddress& address) { expect(address.to, Type::U64); }

    void check(const Load& load) {
        expect_number(load.to);
        expect_width(load.width);
        expect_inside(load.from, load.width);
    }

    void check(const Store& store) {
        expect_number(store.value);
        expect_width(store.width);
        expect_writable(store.to, store.width);
    }

    void check(const Copy& copy) {
        expect_writable(copy.to, copy.bytes);
        expect_inside(copy.from, copy.bytes);
    }

    void check(const Fill& fill) { expect_writable(fill.to, fill.bytes); }

    void check(const AtomicAdd& add) {
        expect_number(add.amount);
        expect_writable(add.to, add.width);
        if (std::holds_alternative<BufferId>(add.to.base)) complain("an atomic add to a buffer");
        if (add.width != 4 && add.width != 8) complain("an atomic add of {} bytes", add.width);
        const auto* offset = std::get_if<Constant>(&add.to.offset);
        if (offset != nullptr && offset->value % 4 != 0) complain("an atomic add across words");
    }

    void check(const At&) {}

    // --- calls ---

    void check(const CallHelper& call) {
        if (call.to) expect(*call.to, Type::U64);
        const HelperInfo& info = info_of(call.helper);
        if (call.arguments.size() != info.arguments.size())
            return complain("{} takes {} arguments", info.name, info.arguments.size());
        for (size_t i = 0; i < call.arguments.size(); ++i)
            if (!check_argument(call, i))
                return complain("{} does not take argument {} so", info.name, i + 1);
    }

    bool check_argument(const CallHelper& call, size_t index) {
        const ArgumentKind kind = info_of(call.helper).arguments[index];
        const Argument& argument = call.arguments[index];
        switch (kind) {
            case ArgumentKind::Value:
            case ArgumentKind::Size:
                if (!std::holds_alternative<Operand>(argument)) return false;
                expect_number(std::get<Operand>(argument));
                return true;
            case ArgumentKind::ReadsBytes:
            case ArgumentKind::WritesBytes:
                return check_bytes(call, index);
            case ArgumentKind::Map:
                return std::holds_alternative<MapId>(argument) && exists(std::get<MapId>(argument));
            case ArgumentKind::Key:
            case ArgumentKind::MapValue:
                return check_element(call, index);
            case ArgumentKind::Context:
                return std::holds_alternative<ContextArgument>(argument);
            case ArgumentKind::ContextField:
                return std::holds_alternative<ContextField>(argument);
        }
        return false;
    }

    // The size comes right after its place.
    bool check_bytes(const CallHelper& call, size_t index) {
        const Place* place = std::get_if<Place>(&call.arguments[index]);
        const auto* size = std::get_if<Operand>(&call.arguments[index + 1]);
        if (place == nullptr || size == nullptr) return false;
        const auto* constant = std::get_if<Constant>(size);
        const bool moves = std::holds_alternative<Reg>(place->offset);
        const uint64_t bytes = constant != nullptr ? constant->value : 0;
        if (info_of(call.helper).arguments[index] == ArgumentKind::WritesBytes)
            expect_writable(*place, bytes);
        else
            expect_inside(*place, bytes);
        return constant != nullptr || !moves;
    }

    // The map is the first argument.
    bool check_element(const CallHelper& call, size_t index) {
        const MapId* map = std::get_if<MapId>(call.arguments.data());
        const Place* place = std::get_if<Place>(&call.arguments[index]);
        if (map == nullptr || place == nullptr || !exists(*map)) return false;
        const Map& into = program_.maps[map->index];
        const bool key = info_of(call.helper).arguments[index] == ArgumentKind::Key;
        expect_inside(*place, key ? into.key_bytes : into.value_bytes);
        return true;
    }

    void check(const CallFunction& call) {
        if (!exists(call.function)) return;
        const Function& callee = program_.functions[call.function.index];
        if (call.to) expect(*call.to, callee.result);
        if (call.arguments.size() != callee.parameters.size() || call.arguments.size() > 3)
            return complain("a call of f{} with {} arguments", call.function.index,
                            call.arguments.size());
        for (size_t i = 0; i < call.arguments.size(); ++i)
            expect(call.arguments[i], type_of_parameter(callee, i));
    }

    static Type type_of_parameter(const Function& function, size_t index) {
        const Reg reg = function.parameters[index];
        return reg.index < function.registers.size() ? function.type_of(reg) : Type::Address;
    }

    void check(const Loop& loop) {
        if (!exists(loop.body)) return;
        if (loop.type == Type::Address) complain("a loop over addresses");
        if (loop.done) expect(*loop.done, loop.type);
        expect(loop.times, loop.type);
        const Function& body = program_.functions[loop.body.index];
        if (body.parameters.size() != 1 || type_of_parameter(body, 0) != loop.type)
            complain("f{} is no loop's body", loop.body.index);
    }

    void check(const ForEach& each) {
        if (!exists(each.body) || !exists(each.map)) return;
        const Function& body = program_.functions[each.body.index];
        if (body.parameters.size() != 2 || type_of_parameter(body, 0) != Type::Address ||
            type_of_parameter(body, 1) != Type::Address)
            complain("f{} takes no key and value", each.body.index);
    }

    // --- terminators ---

    void check(const Jump&) {}

    void check(const Branch& branch) {
        expect_number(branch.left);
        same_type(branch.left, branch.right);
    }

    void check(const LoadPacket& load) {
        expect(load.to, Type::U32);
        expect(load.base, Type::U32);
        if (load.width != 1 && load.width != 2 && load.width != 4)
            complain("a load of {} bytes", load.width);
    }

    void check(const Lookup& lookup) {
        expect(lookup.value, Type::Address);
        if (exists(lookup.map))
            expect_inside(lookup.key, program_.maps[lookup.map.index].key_bytes);
        if (lookup.cpu) {
            expect(*lookup.cpu, Type::U32);
            if (exists(lookup.map) && !is_per_cpu(program_.maps[lookup.map.index].kind))
                complain("a CPU's value of a map that has none");
        }
    }

    void check(const Return& leave) {
        expect(leave.value, function_.result);
        if (function_.result == Type::Address) complain("an address is returned");
    }

    const Program& program_;
    const Function& function_;
    std::vector<AddressRoom> rooms_;  // by register
    std::string problem_;             // the first one
};

// Depth first; `state` is 0 for a function not seen, 1 for one that is being called, 2 when done.
bool calls_itself(const Program& program, FunctionId id, std::vector<int>& state) {
    if (state[id.index] == 2) return false;
    if (state[id.index] == 1) return true;
    state[id.index] = 1;
    for (const FunctionId callee : callees(program.functions[id.index]))
        if (calls_itself(program, callee, state)) return true;
    state[id.index] = 2;
    return false;
}

}  // namespace

Status verify(const Program& program) {
    if (program.functions.empty()) return fail(ErrorKind::Internal, "a program has no function");
    if (!program.functions.front().parameters.empty())
        return fail(ErrorKind::Internal, "a program takes parameters");
    for (uint32_t i = 0; i < program.functions.size(); ++i)
        if (auto status = Verifier(program, {i}).run(); !status)
            return tl::unexpected(status.error().in(program.functions[i].name));
    std::vector<int> state(program.functions.size(), 0);
    for (uint32_t i = 0; i < program.functions.size(); ++i)
        if (calls_itself(program, {i}, state))
            return fail(ErrorKind::Internal, "{} calls itself", program.functions[i].name);
    return {};
}

Status verify(const Function& function) {
    Program alone;
    alone.functions.push_back(function);
    return Verifier(alone, {0}).run();
}

}  // namespace knowhy::ir
