// What a script comes to: programs, where they attach, the maps they share, and what is printed of
// the records they send. sema makes it; collect/script carries it out; `knowhy run --dump plan`
// prints it. Nothing in it refers to the syntax tree.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/ir.h"
#include "lang/source/source.h"
#include "lang/types/types.h"

namespace knowhy::lang {

// ---- Where programs attach

struct KprobeAt {
    std::string function;  // the symbol as kallsyms has it, "" when only an address is known
    std::string module;    // "" for vmlinux
    uint64_t offset = 0;   // from the symbol
    uint64_t address = 0;  // 0: the function decides
    bool at_return = false;
};
struct TracingAt {  // fentry, fexit
    std::string function;
    std::string module;
    bool at_return = false;
};
struct TracepointAt {
    std::string system;
    std::string name;
};
struct RawTracepointAt {
    std::string name;
    bool typed = false;  // as tp_btf
};
struct ProfileAt {  // on each CPU
    uint64_t period_ns = 0;
};
struct IntervalAt {  // in user space
    uint64_t period_ns = 0;
};
struct SoftwareAt {
    uint32_t config = 0;  // PERF_COUNT_SW_*
    uint64_t count = 0;   // a hit every so many events
};
struct WatchpointAt {
    uint64_t address = 0;
    uint32_t length = 8;
    bool on_read = false, on_write = false, on_execute = false;
};
struct IteratorAt {
    std::string name;  // "task", "task_file"...
};
struct BeginAt {};
struct EndAt {};
struct ErrorAt {};  // SystemTap's: after a run-time error
struct SignalAt {
    int number = 0;
};

using AttachAt =
    std::variant<KprobeAt, TracingAt, TracepointAt, RawTracepointAt, ProfileAt, IntervalAt,
                 SoftwareAt, WatchpointAt, IteratorAt, BeginAt, EndAt, ErrorAt, SignalAt>;

struct Target {
    AttachAt at;
    std::string name;  // as the `probe` builtin and messages have it: "kprobe:vfs_read"
};

// What may be missing when it comes to attaching.
enum class Missing : uint8_t { Error, Warn, Ignore };

struct ProbePlan {
    Span span;  // of its probe points
    std::vector<Target>
        targets;  // one program for all; its cookie is the target's index in Plan::names
    ir::Program program;
    bool in_user_space = false;  // begin, end, interval...: the interpreter runs it
    Missing missing = Missing::Error;
    int64_t order = 0;  // among begin, end and error probes: lower first
};

// ---- Maps

// In the kernel's map a key takes a multiple of 8 bytes (zero-padded; 8 zeros where there is none),
// and so does a value. A histogram has an entry for each of its buckets that was hit: the key is
// followed by the bucket, a u64, and the value is its count, a u64.
// A KernelStack's id is of the StackTrace map in Plan::ir_maps whose value has room for its depth.
struct MapPlan {
    std::string name;  // "@", "@x"; "" for what the script does not see
    Type key;          // None: a map with one value and no key
    Type value;
    bool per_cpu = false;
    // The map with what probes of user space have of a per-CPU one, where programs of the kernel
    // read that; else the session keeps it.
    std::optional<uint32_t> user_part = {};
    // What a map without key holds before any probe runs, as it lies there; empty: nothing.
    std::vector<uint8_t> first = {};
    // Printed when the script ends, as the dialect has it.
    bool print_at_end = true;
};

// ---- Records. A record is a u32 index into Plan::outputs, a u32 with its whole length, then its
// fields; each field is 8-byte aligned.

struct OutputField {
    Type type;
    uint32_t offset = 0;  // from the record's start
};

struct PrintfOutput {
    std::string format;  // bpftrace's or SystemTap's, checked against the fields
    enum class To : uint8_t { Out, Error, Warning } to = To::Out;
};
struct ValueOutput {};  // print(v)
struct MapOutput {      // print(@m[, top[, div]]), clear(@m), zero(@m)
    enum class Action : uint8_t { Print, Clear, Zero } action = Action::Print;
    uint32_t map = 0;
    uint64_t top = 0;  // 0: all
    uint64_t divisor = 1;
};
struct MapElementOutput {  // print(@m[k]); the field is the key
    uint32_t map = 0;
};
struct ExitOutput {       // the field is the exit status
    bool at_once = true;  // what the probe says behind it is not heard
};
struct HistogramOutput {  // SystemTap's print(@hist_log(x[k])); the field is the key
    uint32_t map = 0;
};
struct TimeOutput {
    std::string format;
};
struct JoinOutput {  // the fields are the strings, the empty ones at the end left out
    std::string separator;
};
struct CatOutput {
    std::string format;
};
struct SystemOutput {
    std::string format;
};
struct RuntimeErrorOutput {  // the field, an s64, is a helper's negative errno
    std::string what;        // "probe_read_kernel"
    bool ends_probe = true;
};
struct FailureOutput {};  // SystemTap's run-time error; the field is its text. Ends the script.

// skboutput(): it comes through the perf buffer of Plan::packets, with its first bytes laid out so
// and the packet behind them.
struct PacketOutput {
    std::string path;
    // u64 ns since boot; u32 each: the packet's length, how much of it follows, how much of that is
    // left out at its begin, and which header then comes first.
    static constexpr uint32_t kTime = 8, kWhole = 16, kTaken = 20, kOffset = 24, kBegins = 28;
    static constexpr uint32_t kBytes = 32;
    static constexpr uint32_t kAtLink = 0, kAtNetwork = 1, kElsewhere = 2;
};

using OutputKind = std::variant<PrintfOutput, ValueOutput, MapOutput, MapElementOutput, ExitOutput,
                                TimeOutput, JoinOutput, CatOutput, SystemOutput, RuntimeErrorOutput,
                                FailureOutput, HistogramOutput, PacketOutput>;

struct Output {
    Span span;
    OutputKind kind;
    std::vector<OutputField> fields;
};

// The order in which a probe of user space walks a map: an ir::ForEach's order is an index into
// Plan::orders. Elements that the first term has equal are ordered by the second, and so on.
struct WalkOrder {
    enum class By : uint8_t { Key, Value, Count, Sum, Least, Greatest, Mean };
    struct Term {
        By by = By::Key;
        uint32_t key = 0;  // which of several
        bool descending = false;
        bool operator==(const Term&) const = default;
    };
    uint32_t map = 0;
    std::vector<Term> terms;
    bool operator==(const WalkOrder&) const = default;
};

// ---- The whole

struct Config {
    uint32_t max_strlen = 64;
    uint32_t max_map_keys = 4096;
    uint32_t max_probes = 1024;
    bool print_maps_at_end = true;
    std::string str_trunc_trailer = "..";
    Missing missing_probes = Missing::Error;
    Type::Stack::Mode stack_mode = Type::Stack::Mode::Bpftrace;
};

struct Plan {
    std::vector<ProbePlan> probes;
    // maps[i] is ir::MapId{i} in every program, and each program's `maps` is the same table. The
    // first ones have fixed meanings:
    static constexpr uint32_t kRecords = 0;  // the ring buffer
    static constexpr uint32_t kLost = 1;     // per-CPU array of u64 counters, by the next two keys:
    static constexpr uint32_t kNoRoom = 0;   //   records that found no room in the ring buffer
    static constexpr uint32_t kFaults = 1;   //   reads of memory, and other helpers, that failed
    std::vector<ir::Map> ir_maps;
    std::vector<MapPlan> maps;  // by the same index; the fixed ones have no name
    std::vector<Output> outputs;
    std::vector<WalkOrder> orders;
    std::vector<std::string> names;  // of targets, by cookie
    // The perf event array, in maps, that packets come through, where the script writes any.
    std::optional<uint32_t> packets;
    Config config;
    // What Type::c_type refers to. Shared with the kernel's BTF; may still grow.
    std::shared_ptr<symbols::Types> types;
};

std::string to_text(const Plan& plan);

}  // namespace knowhy::lang
