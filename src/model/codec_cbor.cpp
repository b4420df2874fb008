// CBOR (RFC 8949) bytes to a JSON value, for hostile input. The JSON library's reader recurses as
// deep as the input says and trusts it for lengths of strings; so the input is walked first,
// without recursion, and only what is bounded is handed to it.
#include <array>

#include "model/codec.h"

namespace knowhy::model {
namespace {

enum Major : uint8_t {
    kUnsigned,
    kNegative,
    kByteString,
    kTextString,
    kArray,
    kMap,
    kTag,
    kSimple
};

// What keeps the items of a value from being read, or nullptr.
class Walker {
  public:
    explicit Walker(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    const char* walk() {
        std::array<uint64_t, kMaxCborDepth + 1> open{};  // items still to come, by depth
        size_t depth = 0;
        open[0] = 1;
        size_t items = 0;
        while (depth > 0 || open[0] > 0) {
            if (open[depth] == 0) {
                --depth;
                continue;
            }
            --open[depth];
            if (++items > kMaxCborItems) return "too many items";
            uint64_t inside = 0;
            if (const char* problem = item(inside); problem != nullptr) return problem;
            if (inside == 0) continue;
            if (++depth > kMaxCborDepth) return "nested too deep";
            open[depth] = inside;
        }
        return at_ == bytes_.size() ? nullptr : "bytes after the end";
    }

  private:
    // Steps over one item's head and, for a string, its bytes. `inside` is how many items it holds.
    const char* item(uint64_t& inside) {
        if (at_ == bytes_.size()) return "ends early";
        const uint8_t first = bytes_[at_++];
        const auto major = static_cast<Major>(first >> 5U);
        const uint8_t info = first & 0x1fU;
        uint64_t argument = info;
        if (info >= 24 && !extended(info, argument)) return "a length that is not definite";
        const size_t left = bytes_.size() - at_;
        switch (major) {
            case kByteString:
            case kTextString:
                if (argument > left) return "ends early";
                at_ += argument;
                return nullptr;
            case kArray:
            case kMap:
                // Every item takes a byte: more of them than bytes cannot be.
                if (argument > left) return "ends early";
                inside = major == kMap ? argument * 2 : argument;
                return nullptr;
            case kTag:
                return "a tag";
            default:
                return nullptr;
        }
    }

    // The 1, 2, 4 or 8 bytes after the first one, big-endian.
    bool extended(uint8_t info, uint64_t& argument) {
        if (info > 27) return false;
        const size_t length = size_t{1} << (info - 24U);
        if (length > bytes_.size() - at_) return false;
        argument = 0;
        for (size_t i = 0; i < length; ++i) argument = argument << 8U | bytes_[at_++];
        return true;
    }

    std::span<const uint8_t> bytes_;
    size_t at_ = 0;
};

}  // namespace

std::vector<uint8_t> to_cbor(const nlohmann::json& value) {
    return nlohmann::json::to_cbor(value);
}

Result<nlohmann::json> from_cbor(std::span<const uint8_t> bytes) {
    if (const char* problem = Walker(bytes).walk(); problem != nullptr) {
        return fail(ErrorKind::Usage, "{}", problem);
    }
    nlohmann::json value =
        nlohmann::json::from_cbor(bytes.begin(), bytes.end(), true, /*allow_exceptions=*/false);
    if (value.is_discarded()) return fail(ErrorKind::Usage, "not CBOR that is understood");
    return value;
}

}  // namespace knowhy::model
