// One image's debug information, asked by address, by name and by line.
//
// Addresses are the image's own (ElfFile): of vmlinux as linked (no KASLR), of a module as placed.
// Answers are the same with and without the index; the index only makes them quick.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/location.h"
#include "symbols/types/types.h"

namespace knowhy::symbols {

// Identifies a debugging information entry within one image: its offset in .debug_info.
using DieOffset = uint64_t;

struct SourceLine {
    std::string file;     // as the compiler recorded it, joined with its directory: "net/ipv4/ip.c"
    uint32_t line = 0;    // 0: the compiler names none
    uint32_t column = 0;  // 0: none
    bool operator==(const SourceLine&) const = default;
};

// One level of "what is executing here": the innermost inlined function first, the function that
// really exists last.
struct Level {
    std::string function;
    SourceLine at;      // innermost: of the address; outer ones: where the inner one was called
    DieOffset die = 0;  // of the DW_TAG_inlined_subroutine or DW_TAG_subprogram
    bool inlined = false;
};

struct AddressRange {
    uint64_t from = 0;
    uint64_t to = 0;  // exclusive
    bool operator==(const AddressRange&) const = default;
};

// One body of a function: out of line, a clone of it (.constprop, .isra, .part; .cold belongs to
// the function's ranges) or inlined into another.
struct Instance {
    std::string function;  // the source's name
    std::string symbol;    // the outermost function's symbol: "tcp_v4_rcv", "foo.constprop.0"
    DieOffset die = 0;
    uint64_t entry = 0;
    std::vector<AddressRange> ranges;
    bool inlined = false;
    std::vector<Level> chain;  // of `entry`; chain.front() is this instance itself
    SourceLine declared;
};

// A row of the line table, as far as probing is concerned.
struct LineRow {
    uint64_t address = 0;
    SourceLine line;
    bool is_statement = false;
};

struct Variable {
    std::string name;
    DieOffset die = 0;
    DieOffset scope = 0;   // the subprogram or inlined_subroutine that it belongs to
    std::string function;  // the name of that
    bool parameter = false;
    bool artificial = false;   // a macro's temporary: "__ret_warn_on", "__UNIQUE_ID..."
    unsigned scope_depth = 0;  // 0: of the innermost level at the address asked
    TypeId type = kVoid;
    SourceLine declared;
    Location location;                 // at the address asked
    std::vector<LocatedRange> ranges;  // everywhere; empty when it has no location at all
};

// What a call passes, by DW_TAG_call_site: for values at entry of the callee.
struct CallSite {
    uint64_t return_address = 0;
    std::string callee;  // "" for an indirect call
    struct Argument {
        Register reg = 0;  // in the callee's convention
        Location value;    // in terms of the caller's registers at the call
    };
    std::vector<Argument> arguments;
};

class DebugInfo {
  public:
    // `cache_dir`: where the index is kept ("": none is read or written). Without a usable index
    // one is not made here; see build_index().
    static Result<DebugInfo> open(std::shared_ptr<const ElfFile> file, std::string cache_dir);
    DebugInfo(DebugInfo&&) noexcept;
    DebugInfo& operator=(DebugInfo&&) noexcept;
    ~DebugInfo();

    [[nodiscard]] const ElfFile& file() const;

    // Empty when no function's debug information covers the address.
    Result<std::vector<Level>> levels(uint64_t address);
    // The line-table row that covers the address.
    Result<std::optional<SourceLine>> line(uint64_t address);
    // Rows of the function's (or any) ranges, by address.
    Result<std::vector<LineRow>> rows(const std::vector<AddressRange>& ranges);
    // Every body of the functions whose source name matches the glob.
    Result<std::vector<Instance>> instances(std::string_view name_glob);
    // The outermost function at the address, as an Instance.
    Result<std::optional<Instance>> function_at(uint64_t address);
    // Addresses of a line: `file` matches when it is the recorded name's tail at a '/'
    // ("tcp.c", "net/ipv4/tcp.c") or a glob of it; line 0: every line. Where the line has no code,
    // the next that has, of the same file and function, and `line` says which.
    Result<std::vector<LineRow>> addresses_of(std::string_view file, uint32_t line);
    // Variables and parameters in scope at the address, innermost level first, then as declared.
    Result<std::vector<Variable>> variables(uint64_t address);
    // Those declared anywhere in the outermost function at the address, what is inlined into it
    // included, as declared. `location` is at the address, scope or not; scope_depth is not set.
    // Without statics that no body names: they are always where they are.
    Result<std::vector<Variable>> variables_of(uint64_t address);
    Result<std::vector<CallSite>> call_sites(DieOffset subprogram);

    // Types that variables refer to, and by name ("struct sk_buff", "u32").
    [[nodiscard]] const Types& types() const;
    Result<std::optional<TypeId>> type_named(std::string_view name);

    // Makes the index and writes it to the cache directory, atomically; `progress` gets 0..1.
    Status build_index(const std::function<void(double)>& progress);

  private:
    struct Impl;
    explicit DebugInfo(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
