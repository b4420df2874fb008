#include "ir/interp.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ir/compute.h"
#include "ir/overloaded.h"

namespace knowhy::ir {
namespace {

using Bytes = std::span<uint8_t>;

uint64_t load_from(std::span<const uint8_t> bytes) {
    uint64_t value = 0;  // little and big endian hosts alike: the value's bytes as they lie
    switch (bytes.size()) {
        case 1:
            return bytes.front();
        case 2: {
            uint16_t narrow = 0;
            std::memcpy(&narrow, bytes.data(), sizeof(narrow));
            return narrow;
        }
        case 4: {
            uint32_t narrow = 0;
            std::memcpy(&narrow, bytes.data(), sizeof(narrow));
            return narrow;
        }
        default:
            std::memcpy(&value, bytes.data(), sizeof(value));
            return value;
    }
}

template <typename Int>
void store_as(Bytes bytes, uint64_t value) {
    const auto narrow = static_cast<Int>(value);
    std::memcpy(bytes.data(), &narrow, sizeof(narrow));
}

void store_to(Bytes bytes, uint64_t value) {
    switch (bytes.size()) {
        case 1:
            return store_as<uint8_t>(bytes, value);
        case 2:
            return store_as<uint16_t>(bytes, value);
        case 4:
            return store_as<uint32_t>(bytes, value);
        default:
            return store_as<uint64_t>(bytes, value);
    }
}

// What one run has, whatever function it is in.
struct Run {
    const Program& program;
    Environment* environment = nullptr;
    Packet packet = {};
    uint64_t blocks_left = 0;
    std::vector<std::vector<uint8_t>> buffers = {};
};

// What a function is called with: numbers, or a key and a value.
using Given = std::variant<uint64_t, Bytes>;

class Machine {
  public:
    Machine(Run& run, const Function& function)
        : run_(run),
          function_(function),
          registers_(function.registers.size(), 0),
          addresses_(function.registers.size()) {}

    Result<uint64_t> call(std::span<const Given> given) {
        for (size_t i = 0; i < given.size(); ++i) {
            const Reg to = function_.parameters[i];
            std::visit(Overloaded{[&](uint64_t value) { assign(to, value); },
                                  [&](Bytes bytes) { addresses_[to.index] = bytes; }},
                       given[i]);
        }
        BlockId at{0};
        for (; run_.blocks_left > 0; --run_.blocks_left) {
            const Block& block = function_.blocks[at.index];
            for (const Instruction& instruction : block.body)
                KW_CHECK_OK(std::visit([&](const auto& any) { return step(any); }, instruction));
            if (const auto* leave = std::get_if<Return>(&block.end)) return value(leave->value);
            at = std::visit([&](const auto& any) { return next(any); }, block.end);
        }
        return fail(ErrorKind::Internal, "it does not end");
    }

  private:
    [[nodiscard]] uint64_t value(const Operand& operand) const {
        return std::visit(Overloaded{[&](Reg reg) { return registers_[reg.index]; },
                                     [](Constant constant) { return constant.value; }},
                          operand);
    }

    void assign(Reg to, uint64_t value) {
        registers_[to.index] = narrowed(value, function_.type_of(to));
    }
    void assign(const std::optional<Reg>& to, uint64_t value) {
        if (to) assign(*to, value);
    }

    // From the place to the end of its room.
    [[nodiscard]] std::optional<Bytes> from(const Place& place) {
        const Bytes all =
            std::visit(Overloaded{[&](BufferId id) { return Bytes(run_.buffers[id.index]); },
                                  [&](Reg reg) { return addresses_[reg.index]; }},
                       place.base);
        const uint64_t offset = value(place.offset);
        return offset > all.size() ? std::nullopt : std::optional(all.subspan(offset));
    }

    [[nodiscard]] std::optional<Bytes> at(const Place& place, uint64_t bytes) {
        const auto room = from(place);
        return room && room->size() >= bytes ? std::optional(room->first(bytes)) : std::nullopt;
    }

    // --- instructions ---

    Status step(const Move& move) {
        assign(move.to, value(move.from));
        return {};
    }
    Status step(const Compute& it) {
        assign(it.to, compute(it.op, value(it.left), value(it.right), function_.type_of(it.to)));
        return {};
    }
    Status step(const PacketLength& it) {
        assign(it.to, run_.packet.length);
        return {};
    }
    Status step(const SignExtend& it) {
        assign(it.to, sign_extended(value(it.from), it.bits));
        return {};
    }
    Status step(const SwapBytes& it) {
        assign(it.to, bytes_swapped(value(it.from), it.bits));
        return {};
    }
    Status step(const LoadContext& it) {
        const std::span<const uint8_t> context = run_.environment->context();
        const bool there = it.offset + it.width <= context.size();
        assign(it.to, there ? load_from(context.subspan(it.offset, it.width)) : 0);
        return {};
    }
    Status step(const ContextAddress& it) {
        assign(it.to, reinterpret_cast<uintptr_t>(run_.environment->context().data()));
        return {};
    }
    Status step(const Load& it) {
        const auto bytes = at(it.from, it.width);
        assign(it.to, bytes ? load_from(*bytes) : 0);
        return {};
    }
    Status step(const Store& it) {
        if (const auto bytes = at(it.to, it.width)) store_to(*bytes, value(it.value));
        return {};
    }
    Status step(const Copy& it) {
        const auto to = at(it.to, it.bytes);
        const auto source = at(it.from, it.bytes);
        if (to && source) std::ranges::copy(*source, to->begin());
        return {};
    }
    Status step(const Fill& it) {
        if (const auto to = at(it.to, it.bytes)) std::ranges::fill(*to, it.with);
        return {};
    }
    Status step(const AtomicAdd& it) {
        if (const auto to = at(it.to, it.width)) store_to(*to, load_from(*to) + value(it.amount));
        return {};
    }
    Status step(const At&) { return {}; }

    // --- calls ---

    Status step(const CallHelper& call) {
        std::vector<CallArgument> arguments;
        for (size_t i = 0; i < call.arguments.size(); ++i) {
            const auto argument = resolve(call, i);
            if (!argument) {
                assign(call.to, static_cast<uint64_t>(kBeyondBuffer));
                return {};
            }
            arguments.push_back(*argument);
        }
        cut_sizes(info_of(call.helper), arguments);
        assign(call.to, run_.environment->call(call.helper, arguments));
        return {};
    }

    // Places with all their room yet. Nothing where the place lacks the room that it needs.
    std::optional<CallArgument> resolve(const CallHelper& call, size_t index) {
        using Result = std::optional<CallArgument>;
        return std::visit(Overloaded{[&](const Operand& operand) { return Result(value(operand)); },
                                     [&](const Place& place) {
                                         const auto bytes = bytes_of(call, index, place);
                                         return bytes ? Result(*bytes) : Result();
                                     },
                                     [](const auto& any) { return Result(any); }},
                          call.arguments[index]);
    }

    std::optional<Bytes> bytes_of(const CallHelper& call, size_t index, const Place& place) {
        const ArgumentKind kind = info_of(call.helper).arguments[index];
        if (kind == ArgumentKind::Key || kind == ArgumentKind::MapValue) {
            const auto map = std::get<MapId>(call.arguments.front());
            const Map& into = run_.program.maps[map.index];
            return at(place, kind == ArgumentKind::Key ? into.key_bytes : into.value_bytes);
        }
        const auto& size = std::get<Operand>(call.arguments[index + 1]);
        if (std::holds_alternative<Constant>(size)) return at(place, value(size));
        return from(place);
    }

    static void cut_sizes(const HelperInfo& info, std::vector<CallArgument>& arguments) {
        for (size_t i = 1; i < arguments.size(); ++i) {
            if (info.arguments[i] != ArgumentKind::Size) continue;
            auto& bytes = std::get<Bytes>(arguments[i - 1]);
            auto& size = std::get<uint64_t>(arguments[i]);
            size = std::min<uint64_t>(size, bytes.size());
            bytes = bytes.first(size);
        }
    }

    Status step(const CallFunction& call) {
        std::vector<Given> given;
        for (const Operand& operand : call.arguments) given.emplace_back(value(operand));
        KW_TRY(const uint64_t result, Machine(run_, callee(call.function)).call(given));
        assign(call.to, result);
        return {};
    }

    Status step(const Loop& loop) {
        const uint64_t times = std::min(value(loop.times), kMostTurns);
        uint64_t done = 0;
        while (done < times) {
            const Given turn = done++;
            KW_TRY(const uint64_t stop, Machine(run_, callee(loop.body)).call({&turn, 1}));
            if (stop != 0) break;
        }
        assign(loop.done, done);
        return {};
    }

    Status step(const ForEach& each) {
        auto keys = each.order ? run_.environment->keys_in_order(each.map, *each.order)
                               : run_.environment->keys(each.map);
        for (std::vector<uint8_t>& key : keys) {
            const auto value = run_.environment->lookup(each.map, key);
            if (!value) continue;  // deleted meanwhile
            const std::array<Given, 2> element = {Bytes(key), *value};
            KW_TRY(const uint64_t stop, Machine(run_, callee(each.body)).call(element));
            if (stop != 0) break;
        }
        return {};
    }

    [[nodiscard]] const Function& callee(FunctionId id) const {
        return run_.program.functions[id.index];
    }

    // --- terminators ---

    BlockId next(const Jump& jump) { return jump.to; }

    BlockId next(const Branch& branch) {
        const bool yes = holds(branch.compare, registers_[branch.left.index], value(branch.right),
                               function_.type_of(branch.left));
        return yes ? branch.yes : branch.no;
    }

    BlockId next(const LoadPacket& load) {
        const uint64_t first = value(load.base) + load.displacement;
        const uint64_t end = first + load.width;
        if (end > run_.packet.length) return load.past_end;
        if (end > run_.packet.copy.size()) return load.past_copy;
        uint64_t loaded = 0;
        for (const uint8_t byte : run_.packet.copy.subspan(first, load.width))
            loaded = loaded << 8U | byte;
        assign(load.to, loaded);
        return load.loaded;
    }

    BlockId next(const Lookup& lookup) {
        const auto key = at(lookup.key, run_.program.maps[lookup.map.index].key_bytes);
        std::optional<Bytes> found;
        if (key && lookup.cpu)
            found = run_.environment->lookup_of_cpu(lookup.map, *key, value(*lookup.cpu));
        else if (key)
            found = run_.environment->lookup(lookup.map, *key);
        if (!found) return lookup.missing;
        addresses_[lookup.value.index] = *found;
        return lookup.found;
    }

    BlockId next(const Return&) { return {}; }

    Run& run_;
    const Function& function_;
    std::vector<uint64_t> registers_;  // always within their types
    std::vector<Bytes> addresses_;     // by register; of Addresses
};

}  // namespace

Result<uint64_t> run(const Function& function, const Packet& packet, uint64_t most_blocks) {
    static const Program none;
    Run run{none, nullptr, packet, most_blocks};
    return Machine(run, function).call({});
}

Result<uint64_t> run(const Program& program, Environment& environment, uint64_t most_blocks) {
    Run run{program, &environment, {}, most_blocks};
    for (const Buffer& buffer : program.buffers) run.buffers.emplace_back(buffer.bytes, 0);
    return Machine(run, program.functions.front()).call({});
}

}  // namespace knowhy::ir
