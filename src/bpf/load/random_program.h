// Long because: every operation of the IR has its place here.
//
// Random whole programs for tests and the fuzzer: every operation of the IR, over shared maps, in a
// form whose outcome does not depend on anything that the test does not set.
//
// Main fills the buffers first and copies them to the output map last. Addresses of map values are
// used up where they were found, before anything can change the map. Elements are visited in no
// order, so their bodies only sum. No address of memory gets into a result.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bpf/load/choices.h"
#include "ir/ir.h"

namespace knowhy::bpf {

// The maps of all random programs, by ir::MapId.
struct TestMaps {
    static constexpr uint32_t kHash = 0, kArray = 1, kPerCpuHash = 2, kPerCpuArray = 3, kOutput = 4;
    static constexpr uint32_t kOutputBytes = 2048;
    static constexpr uint32_t kContextBytes =
        96;  // what BPF_PROG_TEST_RUN takes for a raw tracepoint

    static std::vector<ir::Map> all() {
        using Kind = ir::Map::Kind;
        return {{Kind::Hash, "hash", 8, 16, 64},
                {Kind::Array, "array", 4, 24, 8},
                {Kind::PerCpuHash, "cpu_hash", 4, 8, 64},
                {Kind::PerCpuArray, "cpu_array", 4, 16, 4},
                {Kind::Array, "output", 4, kOutputBytes, 1}};
    }
};

class RandomProgram {
  public:
    // `user_memory`: an address of this process, with as many readable bytes.
    RandomProgram(Choices& choices, uint64_t user_memory, uint32_t user_bytes)
        : choices_(choices), user_memory_(user_memory), user_bytes_(user_bytes) {}

    ir::Program make() {
        out_ = {};
        out_.maps = TestMaps::all();
        make_buffers();
        // Each function calls only later ones.
        kinds_ = {Kind::Main};
        for (uint64_t i = choices_.below(4); i > 0; --i)
            kinds_.push_back(static_cast<Kind>(1 + choices_.below(3)));
        for (size_t i = 0; i < kinds_.size(); ++i) declare(i);
        for (size_t i = 0; i < kinds_.size(); ++i) define(i);
        return out_;
    }

  private:
    enum class Kind : uint8_t { Main, Called, LoopBody, ElementBody };

    // --- declarations ---

    void make_buffers() {
        static constexpr std::array<uint32_t, 8> kSizes = {8, 16, 24, 40, 64, 200, 256, 512};
        uint32_t total = 0;
        for (uint64_t i = 1 + choices_.below(4); i > 0; --i) {
            const uint32_t bytes = kSizes.at(choices_.below(kSizes.size()));
            if (total + bytes > TestMaps::kOutputBytes) continue;
            total += bytes;
            out_.buffers.push_back({"buffer", bytes});
        }
        visible_ = static_cast<uint32_t>(out_.buffers.size());
        out_.buffers.push_back({"key", 8});  // of the output; no other use
        careful_ = choices_.below(2) == 0;
    }

    void declare(size_t index) {
        ir::Function function;
        function.name = "f" + std::to_string(index);
        const auto parameter = [&](ir::Type type) {
            function.parameters.push_back(function.add_register(type));
        };
        switch (kinds_[index]) {
            case Kind::Main:
                break;
            case Kind::Called:
                function.result = any_type();
                for (uint64_t i = choices_.below(4); i > 0; --i) parameter(any_type());
                break;
            case Kind::LoopBody:
                function.result = any_type();
                parameter(any_type());
                break;
            case Kind::ElementBody:
                parameter(ir::Type::Address);
                parameter(ir::Type::Address);
                element_maps_.emplace_back(index, choices_.below(4));
                break;
        }
        out_.functions.push_back(std::move(function));
    }

    // --- definitions ---

    void define(size_t index) {
        index_ = index;
        function_ = &out_.functions[index];
        const uint64_t registers = 2 + choices_.below(choices_.one_in(4) ? 40 : 12);
        block_ = function_->add_block();
        for (uint64_t i = 0; i < registers; ++i) {
            const ir::Reg reg = function_->add_register(i == 0   ? ir::Type::U32
                                                        : i == 1 ? ir::Type::U64
                                                                 : any_type());
            emit(ir::Move{reg, constant(function_->type_of(reg))});
        }
        if (kinds_[index] == Kind::ElementBody) return define_element_body();
        if (kinds_[index] == Kind::Main) fill_buffers();
        const uint64_t blocks = 1 + choices_.below(6);
        std::vector<ir::BlockId> order;
        for (uint64_t i = 0; i < blocks; ++i) order.push_back(function_->add_block());
        end(ir::Jump{order.front()});
        for (size_t i = 0; i < order.size(); ++i) {
            block_ = order[i];
            for (uint64_t count = choices_.below(6); count > 0; --count) statement();
            if (i + 1 == order.size())
                finish();
            else
                go_on(order, i);
        }
    }

    void go_on(const std::vector<ir::BlockId>& order, size_t at) {
        const auto later = [&] { return order[at + 1 + choices_.below(order.size() - at - 1)]; };
        if (choices_.below(3) == 0) return end(ir::Jump{later()});
        const ir::Reg left = a_number();
        const auto compare = static_cast<ir::Compare>(choices_.below(11));
        const ir::BlockId yes = later();
        end(ir::Branch{compare, left, operand(function_->type_of(left)), yes, later()});
    }

    // Every function has one way out, on which all its registers count.
    void finish() {
        const ir::Reg sum = sum_of_registers();
        if (kinds_[index_] == Kind::Main) {
            const ir::Place first{ir::BufferId{0}};
            emit(ir::Store{first, 8, sum});
            write_output();
        }
        const ir::Reg result = function_->add_register(function_->result);
        emit(ir::Move{result, sum});
        // A loop's body goes on sometimes.
        if (kinds_[index_] == Kind::LoopBody)
            emit(ir::Compute{ir::Op::Mod, result, result, ir::Constant{2}});
        end(ir::Return{result});
    }

    ir::Reg sum_of_registers() {
        const uint32_t count = ready();
        const ir::Reg sum = function_->add_register(ir::Type::U64);
        const ir::Reg part = function_->add_register(ir::Type::U64);
        emit(ir::Move{sum, ir::Constant{1}});
        for (uint32_t i = 0; i < count; ++i) {
            if (function_->registers[i] == ir::Type::Address) continue;
            emit(ir::Move{part, ir::Reg{i}});
            emit(ir::Compute{ir::Op::Mul, sum, sum, ir::Constant{31}});
            emit(ir::Compute{ir::Op::Add, sum, sum, part});
        }
        return sum;
    }

    void fill_buffers() {
        for (uint32_t i = 0; i < visible_; ++i)
            emit(ir::Fill{{ir::BufferId{i}},
                          out_.buffers[i].bytes,
                          static_cast<uint8_t>(choices_.below(3) == 0 ? choices_.below(256) : 0)});
    }

    void write_output() {
        const ir::BlockId found = function_->add_block();
        const ir::BlockId missing = function_->add_block({{}, ir::Return{ir::Constant{77}}});
        const ir::Reg output = function_->add_register(ir::Type::Address);
        const ir::BufferId key{visible_};
        emit(ir::Store{{key}, 8, ir::Constant{0}});
        end(ir::Lookup{output, {TestMaps::kOutput}, {key}, found, missing});
        block_ = found;
        uint32_t at = 0;
        for (uint32_t i = 0; i < key.index; ++i) {
            emit(ir::Copy{{output, ir::Constant{at}}, {ir::BufferId{i}}, out_.buffers[i].bytes});
            at += out_.buffers[i].bytes;
        }
    }

    void define_element_body() {
        const auto which = std::find_if(element_maps_.begin(), element_maps_.end(),
                                        [&](const auto& map) { return map.first == index_; });
        const ir::Map& map = out_.maps[which->second];
        const ir::Reg sum = function_->add_register(ir::Type::U64);
        const ir::Reg part = function_->add_register(ir::Type::U64);
        const ir::Place total{ir::BufferId{0}};
        emit(ir::Load{sum, total, 8});
        emit(ir::Load{part, {function_->parameters[0]}, 4});
        emit(ir::Compute{ir::Op::Add, sum, sum, part});
        emit(ir::Load{part, {function_->parameters[1], ir::Constant{map.value_bytes - 8}}, 8});
        emit(ir::Compute{ir::Op::Mul, part, part, ir::Constant{choices_.below(1000)}});
        emit(ir::Compute{ir::Op::Add, sum, sum, part});
        emit(ir::Store{total, 8, sum});
        emit(ir::AtomicAdd{{function_->parameters[1]}, 8, part});
        end(ir::Return{ir::Constant{0}});
    }

    // --- statements ---

    void statement() {
        switch (choices_.below(16)) {
            case 0:
                return lookup();
            case 1:
                return read_memory();
            case 2:
                return change_map();
            case 3:
            case 4:
                return call();
            case 5:
                return task();
            case 6:
                return load();
            case 7:
                return store();
            case 8:
                return copy();
            case 9:
                return fill();
            case 10:
                return context();
            default:
                return compute();
        }
    }

    void compute() {
        const ir::Reg to = a_number();
        const ir::Type type = function_->type_of(to);
        const std::array<uint8_t, 3> bits = {8, 16, 32};
        switch (choices_.below(8)) {
            case 0:
                return emit(ir::Move{to, choices_.below(2) == 0 ? ir::Operand(constant(type))
                                                                : ir::Operand(a_number())});
            case 1:
                return emit(ir::SignExtend{to, operand(type), bits.at(choices_.below(3))});
            case 2: {
                const bool wide = type == ir::Type::U64 && choices_.below(2) == 0;
                const auto swapped = static_cast<uint8_t>(wide ? 64 : 16 << choices_.below(2));
                return emit(ir::SwapBytes{to, operand(type), swapped});
            }
            default: {
                const auto op = static_cast<ir::Op>(choices_.below(13));
                return emit(ir::Compute{op, to, operand(type), operand(type)});
            }
        }
    }

    void context() {
        const auto width = static_cast<uint8_t>(1U << choices_.below(4));
        const auto offset = static_cast<uint32_t>(choices_.below(TestMaps::kContextBytes / width));
        emit(ir::At{offset});
        emit(ir::LoadContext{a_number(), offset * width, width});
    }

    void load() {
        const ir::Place from = place();
        emit(ir::Load{a_number(), from, width_});
    }

    void store() {
        const ir::Place to = place();
        emit(ir::Store{to, width_, any_operand()});
    }

    void copy() {
        if (visible_ < 2) return;
        const auto from = static_cast<uint32_t>(choices_.below(visible_));
        const auto to = static_cast<uint32_t>((from + 1) % visible_);
        if (restricted(from) || restricted(to)) return;
        const uint32_t most = std::min(out_.buffers[from].bytes, out_.buffers[to].bytes);
        const auto bytes = static_cast<uint32_t>(1 + choices_.below(most));
        emit(ir::Copy{at(to, bytes), at(from, bytes), bytes});
    }

    void fill() {
        const auto buffer = static_cast<uint32_t>(choices_.below(visible_));
        if (restricted(buffer)) return;
        const auto bytes = static_cast<uint32_t>(1 + choices_.below(out_.buffers[buffer].bytes));
        emit(ir::Fill{at(buffer, bytes), bytes, static_cast<uint8_t>(choices_.below(256))});
    }

    void task() {
        const ir::Reg to = a_register(ir::Type::U64);
        if (choices_.below(2) == 0) return emit(ir::CallHelper{to, ir::Helper::PidTgid, {}});
        const uint32_t bytes = 1 + static_cast<uint32_t>(choices_.below(16));
        const auto where = large_place(bytes);
        if (where) emit(ir::CallHelper{to, ir::Helper::CurrentComm, {*where, number(bytes)}});
    }

    void read_memory() {
        const auto bytes = static_cast<uint32_t>(choices_.below(65));
        const auto to = large_place(bytes);
        if (!to) return;
        const ir::Reg status = a_register(ir::Type::U64);
        const bool string = choices_.below(2) == 0;
        switch (choices_.below(4)) {
            case 0: {  // nothing is there
                const ir::Helper helper =
                    string ? ir::Helper::ReadKernelString : ir::Helper::ReadKernel;
                return emit(ir::CallHelper{status, helper, {*to, number(bytes), number(0)}});
            }
            case 1: {
                const ir::Reg address = function_->add_register(ir::Type::U64);
                const auto offset = choices_.below(TestMaps::kContextBytes - bytes + 1);
                emit(ir::ContextAddress{address});
                emit(ir::Compute{ir::Op::Add, address, address, ir::Constant{offset}});
                const ir::Helper helper =
                    string ? ir::Helper::ReadKernelString : ir::Helper::ReadKernel;
                if (bytes > 0)
                    emit(
                        ir::CallHelper{status, helper, {*to, number(bytes), ir::Operand(address)}});
                // The address must not be in a result.
                return emit(ir::Move{address, ir::Constant{0}});
            }
            default:
                return read_user(*to, bytes, string, status);
        }
    }

    void read_user(const ir::Place& to, uint32_t bytes, bool string, ir::Reg status) {
        const ir::Helper helper = string ? ir::Helper::ReadUserString : ir::Helper::ReadUser;
        const uint64_t address = user_memory_ + choices_.below(user_bytes_ - 1024);
        const auto* offset = std::get_if<ir::Constant>(&to.offset);
        ir::Operand size = ir::Constant{bytes};
        // A size that is known only as it runs is cut to the buffer.
        if (offset != nullptr && choices_.below(2) == 0) {
            size = a_number();
            const ir::BufferId buffer = std::get<ir::BufferId>(to.base);
            bytes = out_.buffers[buffer.index].bytes - static_cast<uint32_t>(offset->value);
        }
        // What follows a string's end may change.
        if (string) emit(ir::Fill{to, bytes, 0});
        emit(ir::CallHelper{status, helper, {to, size, number(address)}});
    }

    void change_map() {
        const auto map = static_cast<uint32_t>(choices_.below(4));
        const ir::Map& into = out_.maps[map];
        const auto key = key_for(into);
        if (!key) return;
        const ir::Reg status = a_register(ir::Type::U64);
        if (choices_.below(3) == 0)
            return emit(ir::CallHelper{status, ir::Helper::MapDelete, {ir::MapId{map}, *key}});
        const auto value = large_place(into.value_bytes);
        if (!value) return;
        emit(ir::CallHelper{status,
                            ir::Helper::MapUpdate,
                            {ir::MapId{map}, *key, *value, number(choices_.below(4))}});
    }

    void lookup() {
        const auto map = static_cast<uint32_t>(choices_.below(4));
        const ir::Map& in = out_.maps[map];
        const auto key = key_for(in);
        if (!key) return;
        const ir::Reg value = function_->add_register(ir::Type::Address);
        const ir::BlockId found = function_->add_block();
        const ir::BlockId next = function_->add_block();
        end(ir::Lookup{value, {map}, *key, found, next});
        block_ = found;
        for (uint64_t count = 1 + choices_.below(3); count > 0; --count) use(value, in.value_bytes);
        end(ir::Jump{next});
        block_ = next;
    }

    void use(ir::Reg value, uint32_t bytes) {
        const auto width = static_cast<uint8_t>(1U << choices_.below(4));
        const auto where = [&](uint32_t step) {
            return ir::Place{value, ir::Constant{choices_.below(bytes / step) * step}};
        };
        switch (choices_.below(4)) {
            case 0:
                return emit(ir::Load{a_number(), where(width), width});
            case 1: {
                const uint8_t wide = width < 4 ? 4 : 8;
                return emit(ir::AtomicAdd{where(wide), wide, any_operand()});
            }
            case 2:
                if (const auto to = large_place(bytes)) emit(ir::Copy{*to, {value}, bytes});
                return;
            default:
                return emit(ir::Store{where(width), width, any_operand()});
        }
    }

    void call() {
        if (index_ + 1 == kinds_.size()) return;
        const auto callee =
            static_cast<uint32_t>(index_ + 1 + choices_.below(kinds_.size() - index_ - 1));
        const ir::Function& function = out_.functions[callee];
        switch (kinds_[callee]) {
            case Kind::Called: {
                std::vector<ir::Operand> arguments;
                for (const ir::Reg reg : function.parameters)
                    arguments.push_back(operand(function.type_of(reg)));
                const ir::Reg to = a_register(function.result);
                return emit(ir::CallFunction{to, {callee}, std::move(arguments)});
            }
            case Kind::LoopBody: {
                const ir::Type type = function.type_of(function.parameters[0]);
                const ir::Reg times = function_->add_register(type);
                const ir::Operand most = operand(type);
                emit(ir::Compute{ir::Op::Mod, times, most, ir::Constant{1 + choices_.below(9)}});
                const ir::Operand turns = choices_.below(2) == 0
                                              ? ir::Operand(times)
                                              : ir::Operand(ir::Constant{choices_.below(9)});
                return emit(ir::Loop{a_register(type), type, turns, {callee}});
            }
            case Kind::ElementBody:
                for (const auto& [body, map] : element_maps_)
                    if (body == callee) emit(ir::ForEach{{static_cast<uint32_t>(map)}, {callee}});
                return;
            case Kind::Main:
                return;
        }
    }

    // --- places ---

    // The first buffer is used in a way in which it may lie on the stack.
    [[nodiscard]] bool restricted(uint32_t buffer) const { return careful_ && buffer == 0; }

    ir::Place at(uint32_t buffer, uint32_t bytes) {
        const uint32_t room = out_.buffers[buffer].bytes;
        if (choices_.below(3) != 0)
            return {ir::BufferId{buffer}, ir::Constant{choices_.below(room - bytes + 1)}};
        const ir::Reg offset = a_number();
        if (choices_.below(4) != 0)
            emit(ir::Compute{ir::Op::Mod, offset, offset, ir::Constant{room}});
        return {ir::BufferId{buffer}, offset};
    }

    // For an access of width_, which it chooses.
    ir::Place place() {
        width_ = static_cast<uint8_t>(1U << choices_.below(4));
        const auto buffer = static_cast<uint32_t>(choices_.below(visible_));
        if (!restricted(buffer)) return at(buffer, width_);
        const uint32_t room = out_.buffers[buffer].bytes;
        return {ir::BufferId{buffer}, ir::Constant{choices_.below(room / width_) * width_}};
    }

    // In a buffer with that much room.
    std::optional<ir::Place> large_place(uint32_t bytes) {
        std::vector<uint32_t> large;
        for (uint32_t i = 0; i < visible_; ++i)
            if (out_.buffers[i].bytes >= bytes && !restricted(i)) large.push_back(i);
        if (large.empty()) return std::nullopt;
        return at(large[choices_.below(large.size())], bytes);
    }

    // Of a few keys, so that they meet.
    std::optional<ir::Place> key_for(const ir::Map& map) {
        if (careful_ && choices_.below(2) == 0) {
            emit(ir::Store{{ir::BufferId{0}}, 8, ir::Constant{choices_.below(12)}});
            return ir::Place{ir::BufferId{0}};
        }
        const auto where = large_place(map.key_bytes);
        if (!where) return std::nullopt;
        if (choices_.below(4) != 0)
            emit(ir::Store{*where, static_cast<uint8_t>(map.key_bytes),
                           ir::Constant{choices_.below(12)}});
        return where;
    }

    // --- values ---

    ir::Type any_type() { return choices_.below(2) == 0 ? ir::Type::U32 : ir::Type::U64; }

    static ir::Argument number(uint64_t value) { return ir::Operand(ir::Constant{value}); }

    ir::Constant constant(ir::Type type) {
        static constexpr std::array<uint64_t, 12> kEdges = {
            0,         1,          31,         32,         63,          64,
            INT32_MAX, 0x80000000, UINT32_MAX, UINT64_MAX, 1ULL << 63U, 0x7fffffffffffffff};
        uint64_t value =
            choices_.below(2) == 0 ? kEdges.at(choices_.below(kEdges.size())) : choices_.number();
        if (choices_.below(3) == 0) value >>= 40U;
        return {type == ir::Type::U32 ? value & UINT32_MAX : value};
    }

    ir::Reg a_register(ir::Type type) {
        std::vector<uint32_t> of_type;
        for (uint32_t i = 0; i < ready(); ++i)
            if (function_->registers[i] == type) of_type.push_back(i);
        return {of_type[choices_.below(of_type.size())]};
    }

    ir::Reg a_number() { return a_register(any_type()); }

    // Those that the function begins with: each has a value everywhere.
    [[nodiscard]] uint32_t ready() const {
        return static_cast<uint32_t>(function_->parameters.size()) + initial();
    }
    [[nodiscard]] uint32_t initial() const {
        uint32_t moves = 0;
        for (const ir::Instruction& instruction : function_->blocks.front().body) {
            const auto* move = std::get_if<ir::Move>(&instruction);
            if (move == nullptr) break;
            ++moves;
        }
        return moves;
    }

    ir::Operand operand(ir::Type type) {
        if (choices_.below(3) == 0) return constant(type);
        return a_register(type);
    }
    ir::Operand any_operand() { return operand(any_type()); }

    void emit(ir::Instruction instruction) {
        function_->blocks[block_.index].body.push_back(std::move(instruction));
    }
    void end(ir::Terminator terminator) {
        function_->blocks[block_.index].end = std::move(terminator);
    }

    Choices& choices_;
    uint64_t user_memory_;
    uint32_t user_bytes_;
    ir::Program out_;
    std::vector<Kind> kinds_;                                // by function
    std::vector<std::pair<size_t, uint64_t>> element_maps_;  // function, map
    uint32_t visible_ = 0;  // buffers that are filled, used and put out
    bool careful_ = false;
    size_t index_ = 0;
    ir::Function* function_ = nullptr;
    ir::BlockId block_;
    uint8_t width_ = 8;
};

}  // namespace knowhy::bpf
