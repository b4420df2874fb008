// What a running script says: decoded values, and what it prints of them. Self-contained: names and
// symbols are resolved, and nothing here refers to the kernel's types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "model/address.h"

namespace knowhy::model {

// A function's name and how far into it, as far as it is known.
struct CodePlace {
    uint64_t address = 0;
    std::string name;  // "" unknown
    uint64_t offset = 0;
    std::string
        image;  // of user space: the file; of the kernel: the module; "" unknown, or vmlinux
    std::string
        build_id;  // hex, of a frame that is known by build-id; `offset` is into the file then

    bool operator==(const CodePlace&) const = default;
};

struct Value {
    // A statement-like call's; and what stands where the bytes ended too early.
    struct Nothing {
        bool operator==(const Nothing&) const = default;
    };
    struct Integer {
        int64_t bits = 0;  // extended to 64 bits by its sign; a u64 as it lies
        bool is_signed = true;
        uint8_t bytes = 8;  // 1, 2, 4 or 8
        bool operator==(const Integer&) const = default;
    };
    struct Boolean {
        bool is_true = false;
        bool operator==(const Boolean&) const = default;
    };
    struct Text {
        std::string raw;   // as it was, without the terminating zero
        bool cut = false;  // there was more than found room
        bool operator==(const Text&) const = default;
    };
    struct Bytes {
        std::string raw;
        bool operator==(const Bytes&) const = default;
    };
    struct Pointer {
        uint64_t address = 0;
        bool operator==(const Pointer&) const = default;
    };
    struct Enumerated {
        Integer value;
        std::string name;  // "" where no enumerator has that value
        bool operator==(const Enumerated&) const = default;
    };
    struct Struct {
        struct Member;
        // In the order of declaration; those of an unnamed struct or union are its parent's.
        std::vector<Member> members;
        bool operator==(const Struct& other) const;
    };
    struct Array {
        std::vector<Value> elements;
        bool operator==(const Array& other) const;
    };
    struct Tuple {
        std::vector<Value> elements;
        std::vector<std::string> names;  // as many as elements in a record; else none
        bool operator==(const Tuple& other) const;
    };
    struct Symbol {
        CodePlace place;
        bool operator==(const Symbol&) const = default;
    };
    struct Stack {
        // The last two are SystemTap's: print_backtrace()'s lines, and backtrace()'s addresses.
        enum class Mode : uint8_t {
            Bpftrace,
            Perf,
            Raw,
            BuildId,
            Lines,
            Addresses
        } mode = Mode::Bpftrace;
        bool user_space = false;
        std::vector<CodePlace> frames;  // the innermost first
        int error = 0;                  // a positive errno where there is none
        bool operator==(const Stack&) const = default;
    };
    // strftime(): formatted by then, because the format is not part of the value.
    struct Timestamp {
        uint64_t realtime_ns = 0;  // CLOCK_REALTIME, since 1970
        std::string text;
        bool operator==(const Timestamp&) const = default;
    };

    // Aggregations of a map. count(), sum(), min() and max() are Integers.
    struct Average {
        uint64_t count = 0;
        Integer total;
        bool with_total = false;             // stats(): all three are printed
        [[nodiscard]] Integer mean() const;  // 0 of nothing
        bool operator==(const Average&) const = default;
    };
    // A bucket holds the values from first to last, both included.
    struct Bucket {
        int64_t first = 0;  // INT64_MIN: all below
        int64_t last = 0;   // INT64_MAX: all above
        uint64_t count = 0;
        bool operator==(const Bucket&) const = default;
    };
    struct Histogram {
        std::vector<Bucket> buckets;  // from the first to the last that counted something
        uint32_t bits = 0;            // of hist(): 2^bits buckets a power of two
        bool linear = false;          // lhist(min, max, step)
        int64_t min = 0, max = 0, step = 1;
        [[nodiscard]] uint64_t total() const;
        bool operator==(const Histogram&) const = default;
    };
    // SystemTap's <<<.
    struct Statistic {
        uint64_t count = 0;
        int64_t sum = 0, min = 0, max = 0;  // min and max of nothing: 0
        Histogram histogram;                // empty when none was asked for
        bool operator==(const Statistic&) const = default;
    };

    std::variant<Nothing, Integer, Boolean, Text, Bytes, Pointer, Enumerated, Struct, Array, Tuple,
                 Symbol, Stack, IpAddress, MacAddress, Timestamp, Average, Histogram, Statistic>
        of;

    bool operator==(const Value& other) const;

    static Value integer(int64_t value, bool is_signed = true, uint8_t bytes = 8);
    static Value text(std::string raw);

    template <typename T>
    [[nodiscard]] const T* get() const {
        return std::get_if<T>(&of);
    }
};

struct Value::Struct::Member {
    std::string name;
    Value value;
    bool operator==(const Member&) const = default;
};

// A map at one moment.
struct MapDump {
    struct Entry {
        Value key;  // Nothing in a map without key; of several keys a Tuple
        Value value;
        bool operator==(const Entry&) const = default;
    };
    std::string name;  // "@", "@x"
    bool keyed = false;
    bool statistics = false;     // avg() or stats() values, also where there are none
    std::vector<Entry> entries;  // in any order; at most one when not keyed
    uint64_t top = 0;            // print(@x, top): the last so many; 0: all
    uint64_t divisor = 1;        // print(@x, top, divisor)
};

// Where in the script.
struct ScriptPlace {
    std::string file;
    uint32_t line = 0;  // from 1; 0 unknown
    uint32_t column = 0;
    uint32_t end_column =
        0;             // the first one after it; of a place of several lines that of the first
    std::string text;  // of the line
    bool operator==(const ScriptPlace&) const = default;
};

// printf() and its kin. The format was checked against the values.
struct Formatted {
    std::string format;
    std::vector<Value> values;
};

// What a script says while it runs, in the order in which it said it on one CPU.
struct AttachedProbes {
    uint64_t count = 0;
    ClockPair clock;  // when they were
};
struct PrintedFormat {
    Formatted what;
    enum class To : uint8_t { Out, Error, Warning } to = To::Out;  // printf(), errorf(), warnf()
    ScriptPlace place;
};
struct PrintedText {
    enum class Kind : uint8_t { Time, Cat, Join, System } kind = Kind::Time;
    std::string text;  // of Join without the newline, which the printer adds
};
struct PrintedValue {
    Value value;
};
struct PrintedElement {  // print(@x[key])
    std::string map;
    MapDump::Entry entry;
};
struct PrintedMap {
    MapDump map;
};
struct LostEvents {
    uint64_t count = 0;
};
// A helper that failed in the kernel.
struct HelperError {
    std::string helper;  // "probe_read_kernel"
    int os_errno = 0;    // positive; 0 where it only found nothing (map_lookup_elem)
    ScriptPlace place;
};

using ScriptEvent = std::variant<AttachedProbes, PrintedFormat, PrintedText, PrintedValue,
                                 PrintedElement, PrintedMap, LostEvents, HelperError>;

}  // namespace knowhy::model
