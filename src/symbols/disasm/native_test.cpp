// What decoding says of an x86-64 instruction, against what the processor does with it.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/mman.h>

#include <array>
#include <cstring>

#include "symbols/disasm/testing.h"

namespace knowhy::symbols {
namespace testing {

struct NativeState {
    std::array<uint64_t, 16> registers{};  // by DWARF number; [7] is rsp
    uint64_t flags = 0;
};

class NativeProcessor {
  public:
    NativeProcessor();
    NativeProcessor(const NativeProcessor&) = delete;
    NativeProcessor& operator=(const NativeProcessor&) = delete;
    ~NativeProcessor();
    // False where this is not an x86-64, or no memory may be both written and executed.
    [[nodiscard]] bool usable() const { return page_ != nullptr; }
    // The instruction must neither jump nor fault. Its stack and what rsi and rdi point to should
    // be inside scratch().
    NativeState run(std::span<const uint8_t> instruction, const NativeState& before);
    std::span<uint64_t> scratch() { return scratch_; }

  private:
    uint8_t* page_ = nullptr;
    std::array<uint64_t, 256> scratch_{};
};

namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kStateAt = 2048;  // the state lies in the code's page: one displacement reaches it
constexpr size_t kHostStackAt = kStateAt + sizeof(NativeState);

// Number of a register in machine code, by DWARF number.
constexpr unsigned kEncoded[] = {0, 2, 1, 3, 6, 7, 5, 4, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr unsigned kRsp = 7;

class Writer {
  public:
    explicit Writer(uint8_t* page) : page_(page) {}

    void bytes(std::span<const uint8_t> code) {
        std::memcpy(page_ + at_, code.data(), code.size());
        at_ += code.size();
    }
    void bytes(std::initializer_list<uint8_t> code) { bytes(std::span(code.begin(), code.size())); }

    // mov between the register and the place in the page; neither touches the flags.
    void load(unsigned dwarf, size_t place) { move(0x8b, dwarf, place); }
    void store(unsigned dwarf, size_t place) { move(0x89, dwarf, place); }
    // push and pop of a place in the page.
    void push(size_t place) { relative({0xff, 0x35}, place); }
    void pop(size_t place) { relative({0x8f, 0x05}, place); }

  private:
    void move(uint8_t opcode, unsigned dwarf, size_t place) {
        const unsigned number = kEncoded[dwarf];
        const auto rex = static_cast<uint8_t>(number >= 8 ? 0x4c : 0x48);
        relative({rex, opcode, static_cast<uint8_t>(0x05 | (number & 7) << 3)}, place);
    }
    void relative(std::initializer_list<uint8_t> opcode, size_t place) {
        bytes(opcode);
        const auto displacement =
            static_cast<int32_t>(static_cast<int64_t>(place) - static_cast<int64_t>(at_ + 4));
        uint8_t encoded[4];
        std::memcpy(encoded, &displacement, sizeof encoded);
        bytes(encoded);
    }

    uint8_t* page_;
    size_t at_ = 0;
};

size_t register_at(unsigned dwarf) {
    return kStateAt + offsetof(NativeState, registers) + dwarf * 8;
}

constexpr size_t kFlagsAt = kStateAt + offsetof(NativeState, flags);

void write_program(uint8_t* page, std::span<const uint8_t> instruction) {
    Writer code(page);
    code.bytes({0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57});  // callee-saved
    code.store(kRsp, kHostStackAt);
    code.push(kFlagsAt);
    code.bytes({0x9d});  // popf
    for (unsigned dwarf = 0; dwarf < 16; ++dwarf) code.load(dwarf, register_at(dwarf));
    code.bytes(instruction);
    for (unsigned dwarf = 0; dwarf < 16; ++dwarf) code.store(dwarf, register_at(dwarf));
    code.load(kRsp, kHostStackAt);
    code.bytes({0x9c});  // pushf
    code.pop(kFlagsAt);
    code.bytes({0xfc, 0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3});
}

}  // namespace

NativeProcessor::NativeProcessor() {
#ifdef __x86_64__
    void* const page = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) page_ = static_cast<uint8_t*>(page);
#endif
}

NativeProcessor::~NativeProcessor() {
    if (page_ != nullptr) munmap(page_, kPageBytes);
}

NativeState NativeProcessor::run(std::span<const uint8_t> instruction, const NativeState& before) {
    write_program(page_, instruction);
    std::memcpy(page_ + kStateAt, &before, sizeof before);
    reinterpret_cast<void (*)()>(page_)();
    NativeState after;
    std::memcpy(&after, page_ + kStateAt, sizeof after);
    return after;
}

}  // namespace testing

namespace {

using testing::NativeProcessor;
using testing::NativeState;

constexpr uint64_t kArithmeticFlags = 0x8d5;  // of, sf, zf, af, pf, cf
constexpr uint64_t kAlwaysSet = 0x202;
constexpr Register kRsp = 7;

const Decoder& decoder() {
    static const Decoder opened = Decoder::open({Arch::X86_64, false, 0}).value();
    return opened;
}

uint64_t low(uint64_t value, unsigned width) {
    return width >= 64 ? value : value & ((uint64_t{1} << width) - 1);
}

uint64_t extended(uint64_t value, unsigned from, bool sign, unsigned to) {
    value = low(value, from);
    const bool negative = sign && (value >> (from - 1) & 1) != 0;
    return low(negative ? value | ~low(~uint64_t{0}, from) : value, to);
}

uint64_t word_at(uint64_t address) {
    uint64_t word = 0;
    std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
    return word;
}

// What the Transfer says that the register holds afterwards; nullopt where it says nothing.
std::optional<uint64_t> predicted(const Instruction& instruction, const NativeState& before) {
    const Transfer& t = instruction.transfer;
    if (!t.to) return std::nullopt;
    const auto value_of = [&](const std::optional<Register>& reg) {
        return reg ? before.registers[*reg] : 0;
    };
    const uint64_t from = value_of(t.from);
    const auto number = static_cast<uint64_t>(t.value);
    switch (t.kind) {
        case Transfer::Kind::Copy:
            return low(from, t.bits);
        case Transfer::Kind::Extend:
            return extended(from, t.bits, t.sign_extended, t.extended_to);
        case Transfer::Kind::Immediate:
            return low(number, t.bits);
        case Transfer::Kind::Add:
            return low(from + number, t.bits);
        case Transfer::Kind::Shift:
            return low(from << number, t.bits);
        case Transfer::Kind::Combine:
            return low(from + (value_of(t.from2) << t.shift), t.bits);
        case Transfer::Kind::Multiply:
            return low(from * number, t.bits);
        case Transfer::Kind::Align:
            return from & number;
        case Transfer::Kind::Load: {
            const MemoryOperand& place = instruction.memory.front();
            const uint64_t at = value_of(place.base) + static_cast<uint64_t>(place.displacement);
            return extended(word_at(at), t.bits, t.sign_extended, t.extended_to);
        }
        case Transfer::Kind::Address: {
            const MemoryOperand& place = instruction.memory.front();
            if (place.pc_relative) return std::nullopt;
            return low(value_of(place.base) + value_of(place.index) * place.scale +
                           static_cast<uint64_t>(place.displacement),
                       t.bits);
        }
        default:
            return std::nullopt;
    }
}

// One-byte opcodes that neither jump nor fault with register operands.
constexpr uint8_t kPlain[] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x13, 0x18,
    0x19, 0x1b, 0x20, 0x21, 0x23, 0x25, 0x28, 0x29, 0x2b, 0x2d, 0x30, 0x31, 0x33, 0x35,
    0x38, 0x39, 0x3b, 0x3d, 0x50, 0x53, 0x55, 0x57, 0x58, 0x5b, 0x5d, 0x63, 0x68, 0x69,
    0x6a, 0x6b, 0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d,
    0x90, 0x91, 0x97, 0x98, 0x99, 0xa8, 0xa9, 0xb0, 0xb4, 0xb8, 0xbf, 0xc0, 0xc1, 0xc6,
    0xc7, 0xd0, 0xd1, 0xd2, 0xd3, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfe, 0xff};
// Behind 0x0f: cmov, setcc, bit tests, double shifts, imul, cmpxchg, xadd, extensions, bswap.
constexpr uint8_t kTwoByte[] = {0x1f, 0x40, 0x44, 0x45, 0x4c, 0x4f, 0x90, 0x94, 0x95,
                                0x9f, 0xa2, 0xa3, 0xa4, 0xa5, 0xab, 0xac, 0xad, 0xaf,
                                0xb0, 0xb1, 0xb3, 0xb6, 0xb7, 0xba, 0xbb, 0xbc, 0xbd,
                                0xbe, 0xbf, 0xc0, 0xc1, 0xc8, 0xcb, 0xcf};
constexpr uint8_t kStrings[] = {0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

std::vector<uint8_t> any_instruction() {
    std::vector<uint8_t> bytes;
    const auto pick = [](std::span<const uint8_t> from) {
        return from[*rc::gen::inRange<size_t>(0, from.size())];
    };
    const int shape = *rc::gen::inRange(0, 8);
    if (*rc::gen::inRange(0, 5) == 0) bytes.push_back(0x66);
    if (shape == 0 && *rc::gen::inRange(0, 2) == 0) {
        bytes.push_back(*rc::gen::element<uint8_t>(0xf2, 0xf3));
    }
    if (*rc::gen::inRange(0, 3) != 0) bytes.push_back(*rc::gen::inRange<int>(0x40, 0x50));
    if (shape == 0) {
        bytes.push_back(pick(kStrings));
    } else if (shape <= 3) {
        bytes.push_back(0x0f);
        bytes.push_back(pick(kTwoByte));
    } else {
        bytes.push_back(pick(kPlain));
    }
    for (int i = 0; i < 10; ++i) bytes.push_back(*rc::gen::arbitrary<uint8_t>());
    return bytes;
}

bool is_division(const std::vector<uint8_t>& bytes, size_t length) {
    for (size_t i = 0; i + 1 < length; ++i) {
        const bool group3 = bytes[i] == 0xf6 || bytes[i] == 0xf7;
        if (group3 && (bytes[i + 1] & 0x30) == 0x30) return true;
    }
    return false;
}

// Memory is touched only where the test has memory: the stack, and what rsi and rdi point to.
bool stays_inside(const Instruction& instruction) {
    if (instruction.clobbers_memory) return false;
    for (const MemoryOperand& operand : instruction.memory) {
        const bool accessed = operand.read || operand.written;
        if (!accessed) continue;
        const bool plain_base = operand.base && !operand.index && operand.segment.empty() &&
                                (operand.displacement == 0 || operand.displacement == -8);
        if (!plain_base) return false;
        // Without a width: a string that moves its pointer on, or of bits, which may lie anywhere.
        if (operand.bytes == 0 && !instruction.writes.test(*operand.base)) return false;
        if (*operand.base != kRsp && *operand.base != 4 && *operand.base != 5) return false;
    }
    return true;
}

NativeState any_state(NativeProcessor& processor) {
    NativeState state;
    for (uint64_t& reg : state.registers) reg = *rc::gen::arbitrary<uint64_t>();
    for (uint64_t& word : processor.scratch()) word = *rc::gen::inRange<uint64_t>(0, 3);
    const auto base = reinterpret_cast<uint64_t>(processor.scratch().data());
    state.registers[2] = *rc::gen::inRange<uint64_t>(0, 8);  // rcx counts repetitions
    state.registers[4] = base + 256;
    state.registers[5] = base + 768;
    state.registers[kRsp] = base + 1536;
    state.flags = (*rc::gen::arbitrary<uint64_t>() & kArithmeticFlags) | kAlwaysSet;
    return state;
}

void expect_only_writes(const Instruction& instruction, const NativeState& before,
                        const NativeState& after) {
    for (unsigned reg = 0; reg < 16; ++reg) {
        if (!instruction.writes.test(reg)) RC_ASSERT(after.registers[reg] == before.registers[reg]);
    }
    if (!instruction.writes.test(kFlags)) {
        RC_ASSERT((after.flags & kArithmeticFlags) == (before.flags & kArithmeticFlags));
    }
}

void expect_transfer(const Instruction& instruction, const NativeState& after,
                     std::optional<uint64_t> value) {
    if (value) RC_ASSERT(after.registers[*instruction.transfer.to] == *value);
}

void expect_stack(const Instruction& instruction, const NativeState& before,
                  const NativeState& after) {
    if (!instruction.stack_change) return;
    const auto change = static_cast<uint64_t>(*instruction.stack_change);
    RC_ASSERT(after.registers[kRsp] == before.registers[kRsp] + change);
}

// A register that is not read makes no difference to any other.
void expect_only_reads(NativeProcessor& processor, std::span<const uint8_t> code,
                       const Instruction& instruction, NativeState before,
                       const NativeState& after) {
    const unsigned other = *rc::gen::inRange(0U, 16U);
    if (instruction.reads.test(other) || other == kRsp || other == 4 || other == 5) return;
    before.registers[other] = ~before.registers[other];
    const NativeState again = processor.run(code, before);
    for (unsigned reg = 0; reg < 16; ++reg) {
        if (reg == other && !instruction.writes.test(reg)) continue;
        RC_ASSERT(again.registers[reg] == after.registers[reg]);
    }
}

NativeProcessor& processor() {
    static NativeProcessor native;
    return native;
}

RC_GTEST_PROP(Native, TheProcessorDoesWhatDecodingSays, ()) {
    if (!processor().usable()) return;
    const std::vector<uint8_t> bytes = any_instruction();
    const Instruction instruction = decoder().decode(bytes, 0x1000);
    RC_PRE(instruction.kind == Instruction::Kind::Other ||
           instruction.kind == Instruction::Kind::Nop);
    RC_PRE(!is_division(bytes, instruction.length) && stays_inside(instruction));
    const std::span code(bytes.data(), instruction.length);
    RC_LOG() << decoder().text(bytes, 0x1000, nullptr);
    const NativeState before = any_state(processor());
    const std::vector<uint64_t> memory(processor().scratch().begin(), processor().scratch().end());
    const auto value = predicted(instruction, before);
    const NativeState after = processor().run(code, before);
    expect_only_writes(instruction, before, after);
    expect_transfer(instruction, after, value);
    expect_stack(instruction, before, after);
    const bool wrote = !std::equal(memory.begin(), memory.end(), processor().scratch().begin());
    if (!instruction.may_write_memory()) RC_ASSERT(!wrote);
    std::copy(memory.begin(), memory.end(), processor().scratch().begin());
    expect_only_reads(processor(), code, instruction, before, after);
}

}  // namespace
}  // namespace knowhy::symbols
