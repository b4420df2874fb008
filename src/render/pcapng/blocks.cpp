#include "render/pcapng/blocks.h"

#include <algorithm>
#include <string_view>

namespace knowhy::render {
namespace {

constexpr uint32_t kSection = 0x0a0d0d0a;
constexpr uint32_t kInterface = 1;
constexpr uint32_t kPacket = 6;
constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;

// Options, by block type: the numbers 2 and 3 mean different things in each.
constexpr uint16_t kEnd = 0;
constexpr uint16_t kComment = 1;
constexpr uint16_t kSectionHardware = 2;
constexpr uint16_t kSectionSystem = 3;
constexpr uint16_t kSectionProgram = 4;
constexpr uint16_t kInterfaceName = 2;
constexpr uint16_t kInterfaceDescription = 3;
constexpr uint16_t kInterfaceResolution = 9;

// An option's length field has 16 bits.
constexpr size_t kLongestOption = 0xffff;

class Body {
  public:
    template <typename Number>
    Body& number(Number value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    Body& padded(std::string_view bytes) {
        bytes_ += bytes;
        bytes_.append((4 - bytes.size() % 4) % 4, '\0');
        return *this;
    }
    Body& option(uint16_t code, std::string_view value) {
        if (value.empty()) return *this;
        value = value.substr(0, kLongestOption);
        return number(code).number(static_cast<uint16_t>(value.size())).padded(value);
    }
    // The block: type, total length, body, total length again.
    [[nodiscard]] std::string block(uint32_t type) {
        number(kEnd).number<uint16_t>(0);
        const auto length = static_cast<uint32_t>(bytes_.size() + 12);
        return Body().number(type).number(length).padded(bytes_).number(length).bytes_;
    }

  private:
    std::string bytes_;
};

}  // namespace

std::string section_block(const std::string& hardware, const std::string& system) {
    constexpr uint16_t kMajor = 1;
    constexpr uint16_t kMinor = 0;
    constexpr int64_t kLengthNotSaid = -1;
    return Body()
        .number(kByteOrderMagic)
        .number(kMajor)
        .number(kMinor)
        .number(kLengthNotSaid)
        .option(kSectionHardware, hardware)
        .option(kSectionSystem, system)
        .option(kSectionProgram, "knowhy")
        .block(kSection);
}

std::string interface_block(uint16_t link, const std::string& name,
                            const std::string& description) {
    constexpr uint32_t kNoSnapLimit = 0;
    constexpr std::string_view kNanoseconds = "\x09";
    return Body()
        .number(link)
        .number<uint16_t>(0)
        .number(kNoSnapLimit)
        .option(kInterfaceName, name)
        .option(kInterfaceDescription, description)
        .option(kInterfaceResolution, kNanoseconds)
        .block(kInterface);
}

std::string packet_block(const PacketBlock& packet) {
    const auto captured = static_cast<uint32_t>(packet.bytes.size());
    return Body()
        .number(packet.interface)
        .number(static_cast<uint32_t>(packet.realtime_ns >> 32U))
        .number(static_cast<uint32_t>(packet.realtime_ns))
        .number(captured)
        .number(std::max(captured, packet.wire_length))
        .padded({reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.size()})
        .option(kComment, packet.comment)
        .block(kPacket);
}

}  // namespace knowhy::render
