// Values of a kernel's memory as people read them: what `knowhy show` prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace knowhy::model {

// A value, or a group of them. Strings are raw: printers escape them.
struct Shown {
    enum class Kind : uint8_t {
        Number,
        Bool,
        Text,
        Bytes,  // raw ones, `text` is hex
        Enum,   // `names` has the enumerator, or nothing
        Flags,  // `names` has those of the bits that are set
        Mac,
        Ip,
        Pointer,  // `text`: the symbol, string or object it points to; "" for neither
        Struct,
        Union,
        Array,
        Missing,  // could not be read: `text` says why
    };

    std::string name;      // "mtu", "[3]", "[0..15]", "ip_ptr->ifa_list"; "" for an unnamed member
    std::string type;      // as C writes it: "unsigned int"
    uint64_t address = 0;  // of its first byte
    uint32_t bit_offset = 0;  // of a bitfield, from that byte's lowest bit
    uint32_t bit_size = 0;    // of a bitfield; 0 otherwise
    uint64_t bytes = 0;
    Kind kind = Kind::Number;
    std::optional<uint64_t> number;  // of a scalar, in the host's byte order; sign-extended
    bool is_signed = false;
    bool big_endian = false;  // it lies there in network order
    std::string text;         // what `kind` says; of a closed group a summary: "12 members"
    std::vector<std::string> names;
    std::string names_from;      // where names of flags come from: "enum netdev_priv_flags"
    std::vector<Shown> members;  // of a group that is open; of a pointer that was followed
};

struct ShownObject {
    Shown root;
    std::string title;   // "struct net_device"
    std::string module;  // whose type it is; "" for vmlinux's
    std::string note;    // how it was found: "d0 of bond0"; "" none
    bool whole = true;   // all members; false: those that were asked for
};

struct Showing {
    std::string kernel;  // "6.1.0-56-amd64"
    std::string core;    // the vmcore's path; "" for the running kernel
    std::vector<ShownObject> objects;
};

}  // namespace knowhy::model
