// A kernel's crash report as its text has it (OopsReport), and what can be proven of it
// (OopsExplanation). The parser fills the first from text alone; the second adds what code and
// debug information say. Printers and comparisons read both; nothing here asks a kernel.
//
// Long because: the report and its explanation are one vocabulary, and are read together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/drop.h"

namespace knowhy::model {

// ---- What the text says

// The kind of report. NotACrash: recognised as something else (an OOM kill), told on request only.
enum class OopsKind : uint8_t {
    Unknown,
    NullDereference,  // "NULL pointer dereference", or a paging request below the first page's end
    PagingRequest,    // any other bad address: "unable to handle page fault/kernel paging request"
    GeneralProtection,  // x86: no address in the text but what newer kernels guess
    AlignmentFault,     // arm64, MIPS ("unaligned access", "address error")
    BusError,           // external aborts, "Data bus error"
    InvalidOpcode,
    Bug,
    Warning,
    DivideError,
    StackOverflow,  // "kernel stack overflow", "stack guard page was hit", "stack-protector:"
    DoubleFault,
    Kasan,
    Kfence,
    Kmsan,
    Kcsan,
    Ubsan,
    Refcount,  // "refcount_t: underflow; use-after-free." and kin
    ListCorruption,
    Lockdep,
    RcuStall,
    SoftLockup,
    HardLockup,
    HungTask,
    SchedulingWhileAtomic,
    SleepingInvalid,  // "sleeping function called from invalid context"
    Watchdog,         // an NMI watchdog's dump of a CPU that is not the report's own
    Panic,            // a panic without a report before it
    OtherCrash,       // "Internal error: ...", "Unhandled fault": the words are in `headline`
    NotACrash,
};
std::string_view name_of(OopsKind kind);  // "null-dereference", "general-protection"...

enum class OopsAccess : uint8_t { Unknown, Read, Write, Execute };
std::string_view name_of(OopsAccess access);

// A symbol as the text names it: "rlb_arp_recv+0x128/0x228 [bonding]".
struct OopsSymbol {
    std::optional<uint64_t> address;  // nullopt: not printed, or printed as a hash
    std::string name;                 // "" when the text has an address only
    uint64_t offset = 0;
    uint64_t size = 0;     // of the symbol; 0: not printed
    std::string module;    // "" for vmlinux, or not printed
    std::string build_id;  // hex, of newer kernels' "[mod buildid]"; "" otherwise

    bool operator==(const OopsSymbol&) const = default;
};

// A call trace's frame. Contexts nest: a softirq's frames come before the task's that it met.
struct OopsFrame {
    enum class Context : uint8_t { Task, Softirq, Irq, Nmi, Exception };

    OopsSymbol symbol;
    bool reliable = true;  // false: '?' or "(unreliable)"
    Context context = Context::Task;
    bool return_address = true;  // false: the instruction itself, as the first of arm's and MIPS's
    uint32_t line = 0;           // of the text, from 1

    // By debug information, once the image is known to be this kernel's.
    std::string file;
    uint32_t source_line = 0;
    std::vector<InlineLevel> inlined;  // innermost first, the symbol's own function last
};

std::string_view name_of(OopsFrame::Context context);

// "Code: de440268 70431003 <92230018> ...": the bytes at and around the faulting instruction.
struct OopsCode {
    std::vector<uint8_t>
        bytes;  // in memory's order: words are put back by the machine's byte order
    std::optional<size_t> marker;  // index into `bytes` of the marked one; nullopt: none marked
    uint8_t unit = 1;              // bytes per printed group: 1 (x86), 2 (thumb, some MIPS), 4
    bool unreadable = false;       // "Bad RIP value.", "Unable to access opcode bytes"
};

struct OopsModule {
    std::string name;
    std::string flags;  // "OE", "P"
};

// One report: from its first line to its end marker, or to where the text stops.
struct OopsReport {
    OopsKind kind = OopsKind::Unknown;
    std::string headline;  // the line that says what happened, prefixes removed
    uint32_t first_line = 0;
    uint32_t last_line = 0;  // of the text, from 1

    // "x86_64", "i386", "arm64", "arm", "mips", "mips64", "riscv64", "ppc64", "s390x"; "" unknown.
    std::string arch;
    bool big_endian = false;
    unsigned bits = 0;  // 32 or 64; 0 unknown

    std::map<std::string, uint64_t> registers;  // by the architecture's names as symbols/arch has
                                                // them: "rdi", "x19", "s1"; flags by theirs
    std::optional<uint64_t> fault_address;      // CR2, FAR, BadVA, badaddr, DAR...
    bool fault_address_guessed = false;         // x86's "probably for non-canonical address"
    OopsAccess access = OopsAccess::Unknown;
    OopsSymbol pc;
    OopsFrame here;     // the same by debug information: file, line, inline chain; else empty
    OopsSymbol caller;  // ra, lr: where the text has one
    std::map<std::string, uint64_t> status;  // "error_code", "cause", "esr", "status", "dsisr"...
    bool in_delay_slot = false;              // MIPS: Cause.BD
    OopsCode code;
    std::vector<OopsFrame> trace;
    std::vector<OopsModule> modules;
    std::string taint;    // the letters: "G        W  OE" without blanks: "GWOE"; "" not tainted
    std::string release;  // "6.1.0-56-amd64"; "" not printed
    std::string hardware;
    std::string comm;  // of the task
    std::optional<uint32_t> cpu;
    std::optional<int64_t> pid;
    std::optional<double> at;                    // seconds since boot, of the first line
    std::map<std::string, std::string> details;  // what a kind has besides: "bug_file", "bug_line",
                                                 // "object_size", "alloc_task", "stuck_seconds"...
    std::vector<OopsFrame> allocated;            // KASAN, KFENCE: stacks of the object's life
    std::vector<OopsFrame> freed;
    // What makes the text doubtful: "3 printk messages dropped", "cut off inside the call trace",
    // "another CPU's lines in between". In plain words, one each.
    std::vector<std::string> damage;
    bool panicked = false;  // a panic followed
};

// ---- What can be proven

// How a step is known, best first. Printed with it.
enum class OopsGrade : uint8_t {
    Printed,    // the text says it
    Computed,   // arithmetic over printed values, and it comes out
    Code,       // the instructions say so, on every path here
    DebugInfo,  // debug information of the matching image
    BySize,     // only this field, or this stride, fits
    Possible,   // one of several
};
std::string_view name_of(OopsGrade grade);

// One step from the faulting address back to where its value came from, the fault first.
struct OopsStep {
    std::string text;  // "s1 = [s2+616] + 0x10 * 48", one line
    OopsGrade grade = OopsGrade::Possible;
    std::optional<uint64_t> address;  // of the instruction, in the image's or the text's terms
    std::optional<uint64_t> value;    // what it gave, where that is known
    std::string source;               // as C says it: "bond_info->rx_hashtbl"; "" unknown
};

// What kind of value the bad pointer is.
enum class OopsPointer : uint8_t {
    Unknown,
    NullPlusOffset,  // a NULL pointer's field
    ArrayElement,    // base + index * stride, the base being bad
    ErrPtr,
    ListPoison,
    SlabPoison,  // 0x6b, 0x5a, 0xa5 patterns
    Freed,       // KASAN or KFENCE says so
    NonCanonical,
    KasanShadow,  // an address of the shadow: the access was to another
    User,
    StackGuard,
    TagMismatch,
    Wild,  // mapped nowhere, and none of these
};
std::string_view name_of(OopsPointer pointer);

// One reading of the bad pointer; at most three, best first. Components that are not proven are
// absent, never guessed.
struct OopsReading {
    OopsPointer pointer = OopsPointer::Unknown;
    std::optional<int64_t> field_offset;  // from the pointer, or the element, to the access
    std::optional<uint64_t> base;         // the bad value itself: 0 for NULL
    std::optional<uint64_t> index;        // of ArrayElement
    std::optional<uint64_t> stride;       // bytes
    std::optional<int64_t> error;         // of ErrPtr: 12 for -ENOMEM
    std::string variable;    // "bond_info->rx_hashtbl"; "" where no matching image names it
    std::string type;        // "struct rlb_client_info"
    std::string field;       // "assigned"
    std::string expression;  // "bond_info->rx_hashtbl[16].assigned"
    std::vector<OopsStep> steps;
    OopsGrade grade = OopsGrade::Possible;  // the weakest of the steps
};

// An instruction around the fault, in print.
struct OopsInstruction {
    uint64_t address = 0;  // of the text's own kernel where that is printed, else the offset
    std::string symbol;    // "rlb_arp_recv+0x128"; "" unknown
    std::string bytes;     // hex, as printed
    std::string text;      // "lbu v1,24(s1)"
    bool faulting = false;
    bool sure = true;  // false: before the first place where decoding is known to be in step
    std::string file;  // set where the source line changes
    uint32_t line = 0;
    std::string source;
};

enum class OopsImage : uint8_t {
    None,      // nothing was given or found
    Matches,   // build-id, or the code's bytes, are the report's
    Differs,   // refused for names: another kernel's
    Unproven,  // nothing in the text to compare with
};
std::string_view name_of(OopsImage image);

struct OopsExplanation {
    OopsImage image = OopsImage::None;
    std::string image_file;
    std::string image_how;  // "its 36 code bytes are the report's", "build-id aa.. is not bb.."
    std::vector<OopsInstruction> listing;
    std::string instruction;                    // the faulting one: "lbu v1,24(s1)"
    std::optional<uint64_t> effective_address;  // computed from the printed registers
    // Whether that is the fault address: nullopt where one of the two is not known.
    std::optional<bool> agrees;
    std::string disagreement;  // what is not as it should be; "" otherwise
    std::vector<OopsReading> readings;
    // What each register of the listing means: "s2": "bond_info (struct alb_bond_info *)".
    std::map<std::string, std::string> meanings;
    std::string summary;             // one paragraph: what happened
    std::vector<std::string> next;   // what to look at, in order
    std::vector<std::string> notes;  // what could not be seen, and why
};

}  // namespace knowhy::model
