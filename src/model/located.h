// What `knowhy locate` found out about a place in the kernel's code.
//
// Addresses are those of the image (of vmlinux as linked, of a module as its file is placed); what
// means the same everywhere is symbol and offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/drop.h"

namespace knowhy::model {

struct CodeSpan {
    Place from;
    uint64_t bytes = 0;

    bool operator==(const CodeSpan&) const = default;
};

// From one address up to another a variable is in one location.
struct VariableSpan {
    CodeSpan code;
    std::string location;  // "%r12", "[%rsp+0x18]"

    bool operator==(const VariableSpan&) const = default;
};

struct LocatedVariable {
    std::string name;
    std::string function;  // whose it is: of an inline chain, not always the innermost
    std::string type;      // as C writes it
    bool parameter = false;
    bool artificial = false;          // a macro's temporary
    std::string location;             // "" where it is gone
    std::string grade;                // how that is known: docs/recovery.md has the grades
    std::string how;                  // what to know besides; for "gone": where it can still be had
    std::vector<VariableSpan> spans;  // within the instance, by address
    std::string source = {};  // for "may be stale", as C says it: "port->sm_vars"; "" unknown
    std::string fetch = {};   // as a kprobe's argument: "+0x38(%bx):x64"; "" where it has no words
};

struct ProbeAdvice {
    std::optional<bool> safe;          // nullopt: there is no code to look at
    std::vector<std::string> reasons;  // why not
    std::optional<Place> nearest;      // where it is not safe: the nearest that is, in the function
};

// Where a variable is best read, and how.
struct BestProbe {
    Place at;
    std::string variable;
    std::string location;
    bool in_register = false;
    std::string caveat;   // "" or what to beware of
    std::string command;  // "" where no tool's language can say it
    bool stale = false;   // memory may have changed since the variable was loaded from there
};

// One instruction in print.
struct CodeLine {
    Place at;
    std::string instruction;
    std::string file;  // set where the source line changes
    uint32_t line = 0;
    std::string source;                // its text, where it is installed
    bool asked = false;                // the address of the question
    std::vector<std::string> changes;  // "port: %r12", "port: gone"
};

// One body of the function, or one address of the line.
struct LocatedInstance {
    Place at;
    std::string function;  // the source's name of the innermost level
    bool inlined = false;
    uint32_t line_asked = 0;         // of FILE:LINE, the line that this is code of; 0 otherwise
    std::vector<InlineLevel> chain;  // at `at`, the innermost first
    std::string source;              // the source line's text, where it is installed
    std::vector<CodeSpan> ranges;    // of the whole body, or of the line there
    ProbeAdvice probe;
    std::vector<LocatedVariable> variables;  // in scope; only those asked for where one was
    std::optional<BestProbe> best;
    std::vector<CodeLine> listing;  // when asked for
};

struct Located {
    std::string asked;               // as the user wrote it
    std::string variable;            // "" when none was asked for
    std::string image;               // "vmlinux", or the module's name
    std::string release;             // "6.1.0-56-amd64"
    std::string debug_file;          // its path
    std::string build_id;            // hex; "" unknown
    std::vector<std::string> notes;  // what is weaker or other than asked
    std::vector<LocatedInstance> instances;
};

}  // namespace knowhy::model
