#include "collect/show/kernel_view.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"

namespace knowhy::collect {

using Kind = symbols::Type::Kind;

Result<KernelObject> KernelObject::at(KernelView& view, std::string_view type, uint64_t address,
                                      std::string_view module) {
    KW_TRY(TypeRef found, view.type(type, module));
    return KernelObject(view, std::move(found), address);
}

bool KernelObject::has(std::string_view path) const {
    return type_.types->field(type_.id, path).has_value();
}

std::optional<uint64_t> KernelObject::address_of(std::string_view path) const {
    const auto place = type_.types->field(type_.id, path);
    return place ? std::optional(address_ + place->bit_offset / 8) : std::nullopt;
}

std::optional<std::vector<uint8_t>> KernelObject::bytes(std::string_view path) const {
    const auto place = type_.types->field(type_.id, path);
    if (!place || place->bit_size != 0) return std::nullopt;
    constexpr uint64_t kMost = 65536;
    std::vector<uint8_t> read(std::min(type_.types->bytes_of(place->type), kMost));
    if (!view_->memory().read(address_ + place->bit_offset / 8, read)) return std::nullopt;
    return read;
}

std::optional<std::string> KernelObject::text(std::string_view path) const {
    const auto read = bytes(path);
    if (!read) return std::nullopt;
    return std::string(read->begin(), std::find(read->begin(), read->end(), uint8_t{0}));
}

std::optional<uint64_t> KernelObject::number(std::string_view path) const {
    const auto place = type_.types->field(type_.id, path);
    if (!place) return std::nullopt;
    const uint64_t bits =
        place->bit_size != 0 ? place->bit_size : type_.types->bytes_of(place->type) * 8;
    const uint32_t shift = place->bit_offset % 8;
    if (bits == 0 || bits > 64) return std::nullopt;
    std::array<uint8_t, 9> read{};
    const std::span<uint8_t> wanted(read.data(), (shift + bits + 7) / 8);
    if (!view_->memory().read(address_ + place->bit_offset / 8, wanted)) return std::nullopt;
    return number_in(wanted, shift, static_cast<uint32_t>(bits),
                     is_signed((*type_.types)[type_.types->resolved(place->type)]));
}

std::optional<KernelObject> KernelObject::follow(std::string_view path) const {
    const auto place = type_.types->field(type_.id, path);
    const auto target = place ? type_.types->pointee(place->type) : std::nullopt;
    const auto to = target ? number(path) : std::nullopt;
    if (!to || *to == 0) return std::nullopt;
    return KernelObject(*view_, complete(*view_, type_.to(*target)), *to);
}

Error KernelObject::unreadable(std::string_view path) const {
    const auto place = address_of(path);
    if (!place)
        return {ErrorKind::Unsupported,
                fmt::format("{} of this kernel has no {}", type_.text(), path)};
    return {ErrorKind::System,
            fmt::format("{} at {}: {} cannot be read", type_.text(), hex(address_), path)};
}

TypeRef complete(KernelView& view, const TypeRef& type) {
    const symbols::Type& target = type.resolved();
    if (target.kind != Kind::Incomplete || target.name.empty()) return type;
    const auto name = fmt::format("{} {}", target.declared_union ? "union" : "struct", target.name);
    if (const auto beside = view.find_type(name, type.module)) return *beside;
    return view.find_type(name).value_or(type);
}

bool same_layout(const TypeRef& one, const TypeRef& other) {
    const auto& here = one.resolved().members;
    const auto& there = other.resolved().members;
    return one.bytes() == other.bytes() &&
           std::equal(here.begin(), here.end(), there.begin(), there.end(),
                      [](const symbols::Member& a, const symbols::Member& b) {
                          return a.name == b.name && a.bit_offset == b.bit_offset;
                      });
}

uint64_t number_in(std::span<const uint8_t> bytes, uint32_t bit_offset, uint32_t bits,
                   bool is_signed) {
    std::array<uint64_t, 2> words{};  // a bitfield of 64 bits may begin within a byte
    std::memcpy(words.data(), bytes.data(), std::min(bytes.size(), sizeof(words)));
    uint64_t value = words[0] >> bit_offset;
    if (bit_offset != 0) value |= words[1] << (64 - bit_offset);
    if (bits >= 64) return value;
    value &= (uint64_t{1} << bits) - 1;
    if (is_signed && (value >> (bits - 1)) != 0) value |= ~uint64_t{0} << bits;
    return value;
}

bool is_signed(const symbols::Type& type) {
    return type.is_signed && type.kind != Kind::Boolean;
}

}  // namespace knowhy::collect
