// A kernel made by a test: a few structs, and memory with them in it.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "collect/show/kernel_view.h"

namespace knowhy::collect {

class FakeView final : public KernelView, public KernelMemory {
  public:
    using Type = symbols::Type;
    using Kind = Type::Kind;

    FakeView() { lay_out(); }

    // ---- Types
    symbols::TypeId add(Type::Kind kind, std::string name, uint64_t bytes,
                        symbols::TypeId target = symbols::kVoid) {
        Type type;
        type.kind = kind;
        type.name = std::move(name);
        type.bytes = bytes;
        type.target = target;
        return types.add(std::move(type));
    }
    symbols::TypeId array(symbols::TypeId of, uint64_t count) {
        const auto id = add(Kind::Array, "", 0, of);
        types.edit(id).count = count;
        return id;
    }
    symbols::TypeId pointer(symbols::TypeId to) { return add(Kind::Pointer, "", 8, to); }
    [[nodiscard]] TypeRef ref(symbols::TypeId id) const { return {&types, id, ""}; }

    // ---- Memory
    void put(uint64_t address, const std::vector<uint8_t>& bytes) { memory_at[address] = bytes; }
    template <typename Number>
    void poke(uint64_t address, Number number) {
        for (auto& [begin, bytes] : memory_at)
            if (address >= begin && address + sizeof(number) <= begin + bytes.size())
                std::memcpy(&bytes[address - begin], &number, sizeof(number));
    }
    bool read(uint64_t address, std::span<uint8_t> wanted) override {
        for (const auto& [begin, bytes] : memory_at) {
            if (address < begin || address + wanted.size() > begin + bytes.size()) continue;
            std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(address - begin), wanted.size(),
                        wanted.begin());
            return true;
        }
        return false;
    }

    // ---- The view
    KernelMemory& memory() override { return *this; }
    Result<TypeRef> type(std::string_view name, std::string_view module) override {
        if (const auto found = find_type(name, module)) return *found;
        return fail(ErrorKind::Usage, "no type '{}'", name);
    }
    std::optional<TypeRef> find_type(std::string_view name, std::string_view) override {
        const auto found = named.find(std::string(name));
        return found != named.end() ? std::optional(ref(found->second)) : std::nullopt;
    }
    std::vector<std::string> homes(std::string_view) override { return {""}; }
    std::optional<TypeRef> enum_with(std::string_view enumerator) override {
        if (enumerator == "IFF_UP") return ref(flag_names);
        return std::nullopt;
    }
    std::string symbol_at(uint64_t address) override {
        return address == kHandler ? "bond_handle_frame [bonding]" : "";
    }
    Result<uint64_t> address_of(std::string_view symbol) override {
        return fail(ErrorKind::Usage, "no symbol '{}'", symbol);
    }
    Result<uint64_t> net_namespace(uint32_t) override { return net; }
    [[nodiscard]] std::string release() const override { return "6.1.0-fake"; }

    static constexpr uint64_t kDevice = 0xffff888000001000;
    static constexpr uint64_t kOther = 0xffff888000002000;
    static constexpr uint64_t kHandler = 0xffffffffc0001000;

    symbols::Types types;
    std::map<std::string, symbols::TypeId> named;
    std::map<uint64_t, std::vector<uint8_t>> memory_at;
    symbols::TypeId flag_names = symbols::kVoid;
    symbols::TypeId device = symbols::kVoid;
    uint64_t net = 0;  // address of the only struct net

  private:
    // struct net_device {
    //   0 char name[16]; 16 unsigned int flags; 20 __be16 protocol; 22 unsigned short group:4, :12;
    //   24 unsigned char mac[6]; 32 struct net_device *next; 40 struct list_head dev_list;
    //   56 rx_handler_func_t *rx_handler; 64 union { int one; unsigned char bytes[4]; };
    //   68 u32 table[5]; 88 struct { atomic_t } refs; }, 96 bytes
    void lay_out() {
        const auto letter = add(Kind::Integer, "char", 1);
        const auto byte = add(Kind::Integer, "unsigned char", 1);
        const auto number = add(Kind::Integer, "unsigned int", 4);
        const auto half = add(Kind::Integer, "unsigned short", 2);
        const auto whole = add(Kind::Integer, "int", 4);
        types.edit(whole).is_signed = true;
        const auto be16 = add(Kind::Typedef, "__be16", 0, half);
        const auto function = add(Kind::Function, "", 0);

        const auto list = add(Kind::Struct, "list_head", 16);
        const auto to_list = pointer(list);
        types.edit(list).members = {{"next", to_list, 0, 0}, {"prev", to_list, 64, 0}};
        const auto wrapped = add(Kind::Struct, "atomic", 4);
        types.edit(wrapped).members = {{"counter", whole, 0, 0}};
        const auto choice = add(Kind::Union, "", 4);
        types.edit(choice).members = {{"one", whole, 0, 0}, {"bytes", array(byte, 4), 0, 0}};

        flag_names = add(Kind::Enum, "net_device_flags", 4);
        types.edit(flag_names).enumerators = {{"IFF_UP", 1}, {"IFF_BROADCAST", 2}};

        device = add(Kind::Struct, "net_device", 96);
        types.edit(device).members = {
            {"name", array(letter, 16), 0, 0},
            {"flags", number, uint64_t{16} * 8, 0},
            {"protocol", be16, uint64_t{20} * 8, 0},
            {"group", half, uint64_t{22} * 8, 4},
            {"rest", half, uint64_t{22} * 8 + 4, 12},
            {"mac", array(byte, 6), uint64_t{24} * 8, 0},
            {"next", pointer(device), uint64_t{32} * 8, 0},
            {"dev_list", list, uint64_t{40} * 8, 0},
            {"rx_handler", pointer(function), uint64_t{56} * 8, 0},
            {"", choice, uint64_t{64} * 8, 0},
            {"table", array(number, 5), uint64_t{68} * 8, 0},
            {"refs", wrapped, uint64_t{88} * 8, 0},
        };
        named = {{"struct net_device", device}, {"struct list_head", list}};
        put(kDevice, std::vector<uint8_t>(96));
        put(kOther, std::vector<uint8_t>(96));
    }
};

}  // namespace knowhy::collect
