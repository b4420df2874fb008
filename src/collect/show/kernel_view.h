// What showing a kernel's objects asks of it: its memory, its types and its symbols. The running
// kernel (live_view.h), or a crashed one's vmcore with its vmlinux (core_view.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/memory/kernel_memory.h"
#include "symbols/types/types.h"

namespace knowhy::collect {

// A type, and the graph it is in: BTF's and DWARF's are two.
struct TypeRef {
    const symbols::Types* types = nullptr;
    symbols::TypeId id = symbols::kVoid;
    std::string module;  // whose it is; "" for vmlinux

    [[nodiscard]] TypeRef to(symbols::TypeId other) const { return {types, other, module}; }
    [[nodiscard]] const symbols::Type& resolved() const { return (*types)[types->resolved(id)]; }
    [[nodiscard]] uint64_t bytes() const { return types->bytes_of(id); }
    [[nodiscard]] std::string text() const { return types->text(id); }
};

class KernelView {
  public:
    KernelView() = default;
    KernelView(const KernelView&) = delete;
    KernelView& operator=(const KernelView&) = delete;
    virtual ~KernelView() = default;

    virtual KernelMemory& memory() = 0;
    // As C writes it, the keyword may be left out: "struct sk_buff", "sk_buff", "u32". Of several
    // modules' the first, unless `module` says which. Usage, with what is near, for an unknown one.
    virtual Result<TypeRef> type(std::string_view name, std::string_view module = {}) = 0;
    // The same for who can do without.
    virtual std::optional<TypeRef> find_type(std::string_view name,
                                             std::string_view module = {}) = 0;
    // The modules that have a type of that name; "" for vmlinux.
    virtual std::vector<std::string> homes(std::string_view type) = 0;
    // The enum that has an enumerator of that name.
    virtual std::optional<TypeRef> enum_with(std::string_view enumerator) = 0;

    // "tcp_prot", "ip_rcv+0x12", "bond_setup [bonding]"; "" where no symbol covers the address.
    virtual std::string symbol_at(uint64_t address) = 0;
    virtual Result<uint64_t> address_of(std::string_view symbol) = 0;
    // Where the struct net of a network namespace is. Live: of the thread that asks, entered it.
    virtual Result<uint64_t> net_namespace(uint32_t inum) = 0;

    [[nodiscard]] virtual std::string release() const = 0;
};

// A struct in the kernel's memory, for who walks from one to the next.
class KernelObject {
  public:
    // Unknown types: Usage, as KernelView::type.
    static Result<KernelObject> at(KernelView& view, std::string_view type, uint64_t address,
                                   std::string_view module = {});
    KernelObject(KernelView& view, TypeRef type, uint64_t address)
        : view_(&view), type_(std::move(type)), address_(address) {}

    [[nodiscard]] uint64_t address() const { return address_; }
    [[nodiscard]] const TypeRef& type() const { return type_; }
    [[nodiscard]] bool has(std::string_view path) const;
    // Where a member is; no pointers in between.
    [[nodiscard]] std::optional<uint64_t> address_of(std::string_view path) const;
    // A member of up to 8 bytes, sign-extended where it has a sign. nullopt: no such member, or it
    // cannot be read.
    [[nodiscard]] std::optional<uint64_t> number(std::string_view path) const;
    // A char array, up to its NUL.
    [[nodiscard]] std::optional<std::string> text(std::string_view path) const;
    [[nodiscard]] std::optional<std::vector<uint8_t>> bytes(std::string_view path) const;
    // What a pointer of this one points to, its type taken from the pointer's.
    [[nodiscard]] std::optional<KernelObject> follow(std::string_view path) const;

    // "struct slave, member bond: NAME has no such member, or it cannot be read".
    [[nodiscard]] Error unreadable(std::string_view path) const;

  private:
    KernelView* view_;
    TypeRef type_;
    uint64_t address_;
};

// What a pointer's type points to; where only its name was declared there, the type of that name.
TypeRef complete(KernelView& view, const TypeRef& type);

// The same members at the same places.
bool same_layout(const TypeRef& one, const TypeRef& other);

// A number of up to 64 bits out of bytes as the machine has them (little endian).
uint64_t number_in(std::span<const uint8_t> bytes, uint32_t bit_offset, uint32_t bits,
                   bool is_signed);
bool is_signed(const symbols::Type& type);

}  // namespace knowhy::collect
