// What a script's value is, and how it lies in memory: a map's key and value, a field of a record
// on its way from the kernel.
//
// Integers lie in the machine's own order. A string is its bytes, zero-padded to the type's size.
// A tuple's elements lie one after the other, each aligned to its own alignment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/script.h"
#include "symbols/types/types.h"

namespace knowhy::lang {

struct Type {
    enum class Kind : uint8_t {
        None,          // no value: what a statement-like call gives
        Integer,       // `bytes` 1, 2, 4 or 8
        Boolean,       // 1 byte
        String,        // `bytes`, the terminating zero included
        Bytes,         // buf(): u32 length, then `bytes` - 4 bytes
        Pointer,       // 8 bytes; `c_type` is what it points to (kVoid: unknown)
        Struct,        // a struct or union by value; `c_type`
        Array,         // by value; `c_type` is the whole array's
        Enum,          // `c_type`; an Integer otherwise
        Tuple,         // `elements`, with `names` when it is a record
        KernelSymbol,  // ksym(): an address, 8 bytes
        UserSymbol,    // u64 address, u32 pid, u32 unused
        KernelStack,   // s64: an id in the plan's stack map of that depth, or a negative errno;
                       // `stack`
        UserStack,     // s64 stack id, u32 pid, u32 unused
        Inet,          // u32 AF_*, 16 bytes (an IPv4 address fills the first 4)
        Mac,           // 6 bytes
        Timestamp,     // strftime(): u64 ns since boot; `format`
        UserName,      // u32 uid
        CgroupPath,    // u64 id
        Probe,         // u64: index into Plan's probe names
        Composed,  // SystemTap's $$vars, $x$: a text, made when it is printed of `elements`, which
                   // lie as a tuple's do, by `format`
        NamedNumber,  // s64: printed by its name in the table that `format` names (number_names.h)
        // Aggregations: only as a map's value. `is_signed` is that of what went into Sum, Min, Max,
        // Average and Stats: their s64 hold a u64 without it.
        Count,            // u64
        Sum,              // s64
        Min,              // s64 value, u64 1 when set
        Max,              // likewise
        Average,          // u64 count, s64 sum; printed as the mean
        Stats,            // likewise; count, average, total
        Statistic,        // SystemTap's <<<: u64 count, s64 sum, s64 min, s64 max, then buckets
        Histogram,        // u64 buckets; `hist_bits`
        LinearHistogram,  // u64 buckets: below, (max - min) / step of them, at and above
    };

    struct Stack {
        using Mode = model::Value::Stack::Mode;
        Mode mode = Mode::Bpftrace;
        uint32_t depth = 127;
        bool operator==(const Stack&) const = default;
    };

    Kind kind = Kind::None;
    uint32_t bytes = 0;
    bool is_signed = false;
    symbols::TypeId c_type = symbols::kVoid;
    bool user_space = false;  // of Pointer, and of a Struct that lies there
    std::vector<Type> elements;
    std::vector<std::string> names;
    // Of Timestamp: strftime's, and %f for microseconds. Of Composed and NamedNumber: see there. Of
    // KernelSymbol "" as bpftrace has it, or SystemTap's "name", "data" (with offset and module),
    // "module".
    std::string format;
    Stack stack;
    uint32_t hist_bits = 0;              // hist(n, k): 2^k buckets a power of two
    int64_t min = 0, max = 0, step = 1;  // lhist()

    bool operator==(const Type&) const = default;

    static Type none() { return {}; }
    static Type integer(uint32_t bytes, bool is_signed);
    static Type boolean();
    static Type string(uint32_t bytes);
    static Type pointer(symbols::TypeId to);
    static Type tuple(std::vector<Type> elements);
    static Type composed(std::string format, std::vector<Type> elements);
    static Type named_number(std::string table);
    // A kind whose size is always the same: from KernelSymbol on, but Statistic and the histograms.
    static Type of(Kind kind, bool is_signed = false);
    static Type histogram(uint32_t bits);
    static Type linear_histogram(int64_t min, int64_t max, int64_t step);

    [[nodiscard]] bool is_aggregate() const { return kind >= Kind::Count; }
};

// A power of two, at most 8.
uint32_t alignment(const Type& type);

// Where each element of a tuple starts; and the size of the whole, as in Type::bytes.
std::vector<uint32_t> element_offsets(const Type& tuple);

// As bpftrace writes it: "uint64", "string[64]", "(int64,string[16])", "struct sk_buff *".
std::string to_text(const Type& type, const symbols::Types& types);

// Buckets of hist(n, bits), and which one a value belongs to. Bucket 0: negative; then one for each
// of 0, 1 ... 2^(bits + 1) - 1; then powers of two, each in 2^bits parts (bpftrace's documented
// layout). `bits` is at most 5, as there.
constexpr uint32_t kMostHistogramBits = 5;
uint32_t histogram_buckets(uint32_t bits);
uint32_t histogram_bucket(int64_t value, uint32_t bits);
// The values of a bucket, both ends included.
struct BucketRange {
    int64_t first = 0;
    int64_t last = 0;
    bool operator==(const BucketRange&) const = default;
};
BucketRange histogram_range(uint32_t bucket, uint32_t bits);

// The same of lhist(n, min, max, step), where step > 0 and min < max: bucket 0 is below min, the
// last one is where no whole step fits below max any more.
uint32_t linear_buckets(int64_t min, int64_t max, int64_t step);
uint32_t linear_bucket(int64_t value, int64_t min, int64_t max, int64_t step);
BucketRange linear_range(uint32_t bucket, int64_t min, int64_t max, int64_t step);

}  // namespace knowhy::lang
