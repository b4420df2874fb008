// The codes of messages, each with what it means and what to do about it. `knowhy help errors` and
// docs/language/errors.md are made from this table. A code once given keeps its meaning.
//
// 1000 and up: reading the text; 2000: names and types; 3000: probes and the kernel; 4000: what
// eBPF cannot do.
#pragma once

#include <array>
#include <string_view>

namespace knowhy::lang {

struct Code {
    std::string_view id;
    std::string_view meaning;  // a sentence
    std::string_view remedy;   // the hint of a message that has none of its own; no full stop

    // NOLINTNEXTLINE(google-explicit-constructor): whoever complains wants the id alone
    constexpr operator std::string_view() const { return id; }
};

namespace codes {

// ---- What both front ends say while reading the text

inline constexpr Code kUnexpected{
    "KW1001", "Something else has to stand at this place.",
    "look at what stands before it: an operator, a comma or a bracket may be missing"};
inline constexpr Code kCharacter{"KW1002", "This character means nothing in the language.",
                                 "take it out, or put it into a string"};
inline constexpr Code kUnendedString{"KW1003", "A string has no closing quote on its line.",
                                     "close it with \"; a line's end in a string is written \\n"};
inline constexpr Code kEscape{"KW1004", "A backslash in a string is followed by what no escape is.",
                              "a backslash itself is written \\\\"};
inline constexpr Code kUnendedComment{"KW1005", "A comment that /* opens is never closed.",
                                      "close it with */"};
inline constexpr Code kNumber{"KW1006",
                              "A number is malformed, too large, or of an unknown suffix.",
                              "numbers are written 42, 0x2a, 1e6, 100ms, and fit into 64 bits"};
inline constexpr Code kTooDeep{"KW1007",
                               "Expressions or blocks are nested too deeply, or too long.",
                               "give parts of it names: variables, or macros and functions"};
inline constexpr Code kUnclosed{"KW1008", "A bracket or brace is never closed.",
                                "put the closing one where it ends"};
inline constexpr Code kNoProbe{"KW1009", "A script without a probe does nothing.",
                               "add one; knowhy list shows where probes can be put"};
inline constexpr Code kProbePoint{"KW1010", "A probe point is not written as one can be.",
                                  "knowhy help probes shows how each is written"};
inline constexpr Code kOrder{"KW1011", "A declaration stands behind what it would have to precede.",
                             "move it up, before the first probe"};
inline constexpr Code kNotAssignable{
    "KW1012",
    "Only a variable, a map or an element is assigned to; kernel memory is never written.",
    "only variables and maps take values"};
inline constexpr Code kDirective{"KW1013", "A preprocessor directive is not known or not complete.",
                                 "see the page on this dialect for those there are"};
inline constexpr Code kDefinition{"KW1014", "A definition is not complete.",
                                  "give it a name and, in braces, what it holds"};
inline constexpr Code kTwice{"KW1015", "Something is defined twice.",
                             "rename one of the two, or take it out"};
inline constexpr Code kSemicolon{"KW1016", "Two statements stand together without a semicolon.",
                                 "put \";\" between them"};
inline constexpr Code kAssignmentAsValue{
    "KW1017", "In bpftrace an assignment has no value.",
    "assign first, and use the variable in the next statement"};
inline constexpr Code kType{"KW1018", "A type is not written as one can be.",
                            "as in: struct sk_buff *, uint32, string[16]"};
inline constexpr Code kMacroArguments{"KW1019", "A macro is called with what it does not take.",
                                      "call it with what its definition names"};
inline constexpr Code kMacroValue{"KW1020", "A macro that has no value is used as one.",
                                  "let its last line be an expression without a semicolon"};
inline constexpr Code kMacroHygiene{"KW1021",
                                    "A macro uses a variable or map that was not passed to it.",
                                    "pass it as an argument"};
inline constexpr Code kEmbeddedC{"KW1022", "Embedded C would need a compiler and a kernel module.",
                                 "write it in the script's own language"};
inline constexpr Code kArgument{"KW1023", "The script wants an argument that was not given.",
                                "arguments follow the script's name"};

// ---- Names and types

inline constexpr Code kUnknownName{"KW2001", "No builtin, constant or symbol is called so.",
                                   "knowhy help builtins lists the builtins; a constant of a "
                                   "kernel header is written as a number"};
inline constexpr Code kUnknownFunction{"KW2002", "The language has no function of this name.",
                                       "knowhy help functions lists them"};
inline constexpr Code kWrongArguments{"KW2003",
                                      "A function is called with too many arguments, too few, or "
                                      "a value that it does not take.",
                                      "knowhy help functions shows how each is called"};
inline constexpr Code kUnknownField{"KW2004",
                                    "A structure, or what a probe knows, has no field of this "
                                    "name in this kernel.",
                                    "knowhy list -v shows what a probe knows, with its types"};
inline constexpr Code kNotAStruct{"KW2005", "A field or an element is asked of what has none.",
                                  "a cast gives a pointer its type: ((struct sk_buff *)arg0)->len"};
inline constexpr Code kUnknownType{"KW2006", "This kernel has no type of this name.",
                                   "write the kernel's own name: struct sk_buff, "
                                   "enum skb_drop_reason, u32"};
inline constexpr Code kTypeMismatch{"KW2007", "A value is of another type than its place asks for.",
                                    "another function, or a cast, makes the type that is wanted"};
inline constexpr Code kUndefinedMap{"KW2008", "A map is read, and nothing in the script fills it.",
                                    "assign to it in a probe, or correct its name"};
inline constexpr Code kMapKeys{"KW2009",
                               "A map is used with other keys than elsewhere in the script.",
                               "give it the same keys everywhere, or take a second map"};
inline constexpr Code kUndefinedVariable{"KW2010",
                                         "A variable is read that has no value at this place.",
                                         "assign to it first, or correct its name"};
inline constexpr Code kOnlyInMap{"KW2011", "An aggregation lives in a map, and only there.",
                                 "assign it to a map: @x = count()"};
inline constexpr Code kNotANumber{"KW2012", "A number is wanted, and this is something else.",
                                  "take a field or an element of it, or convert it with a cast"};
inline constexpr Code kNotConstant{
    "KW2013", "Here only what is known before the script runs can stand.",
    "write the number or the text itself, or pass it as an argument: "
    "$1"};
inline constexpr Code kBadFormat{"KW2015", "A format and the values behind it do not fit together.",
                                 "%d takes a number, %s a text, %p an address, %% is a per cent "
                                 "sign"};
inline constexpr Code kConfig{"KW2017", "A setting of the script's config is unknown or wrong.",
                              "correct it, or leave it out: every setting has a default"};
inline constexpr Code kOutsideLoop{"KW2018", "break and continue stand outside a loop.",
                                   "return leaves the probe"};
inline constexpr Code kAssertion{"KW2020", "A condition that the script itself sets does not hold.",
                                 "it may be written for another kernel"};
inline constexpr Code kCDefinition{"KW2019", "A definition in C is not understood.",
                                   "struct, union, enum and typedef are understood"};

// ---- Probes and the kernel

inline constexpr Code kUnknownProvider{"KW3001", "There are no probes of this kind.",
                                       "knowhy help probes lists them"};
inline constexpr Code kProbeForm{"KW3002", "Probes of this kind are written in another way.",
                                 "knowhy help probes shows how each is written"};
inline constexpr Code kNoSuchFunction{
    "KW3003",
    "This kernel has no such function or line, or none where a "
    "probe could be put.",
    "knowhy list '*NAME*' shows what there is; a module has to be "
    "loaded"};
inline constexpr Code kNoSuchTracepoint{"KW3004", "This kernel has no such tracepoint.",
                                        "knowhy list 'tracepoint:*' shows what there is"};
inline constexpr Code kTooManyProbes{
    "KW3005", "A pattern matches more probes than may be attached.",
    "narrow the pattern, or set max_probes in the script's config"};
inline constexpr Code kNotHere{"KW3006", "What is asked for is not known in a probe of this kind.",
                               "knowhy list -v shows what a probe knows"};
inline constexpr Code kUserSpaceProbe{"KW3007", "Probes of user space are not supported.",
                                      "probe what the program asks of the kernel, such as "
                                      "tracepoint:syscalls:sys_enter_openat"};
inline constexpr Code kKernelUnreadable{"KW3008",
                                        "What the kernel says of itself could not be read.",
                                        "knowhy doctor tells what is missing; it may need root"};
inline constexpr Code kNoDebugInfo{"KW3009",
                                   "The kernel's debug files are needed and were not found.",
                                   "lines, inlined functions and $variables need them: install "
                                   "them, or name them with --vmlinux or --debug-dir"};
inline constexpr Code kUnsafePlace{"KW3010", "A probe at this address could bring the kernel down.",
                                   "knowhy locate names the nearest place that is safe"};

// ---- What eBPF cannot do

inline constexpr Code kCannot{"KW4001", "This is not supported, or no eBPF program can do it.",
                              "the page on this dialect tells what is refused, and why"};
inline constexpr Code kUnsafe{"KW4002", "This would change the host, and has to be allowed.",
                              "--unsafe allows it"};
inline constexpr Code kHeader{"KW4003", "There is no compiler that could take this in.",
                              "put what it has into the script"};
inline constexpr Code kInternal{"KW4999", "A mistake of knowhy's own.",
                                "please report it, with the script"};

inline constexpr std::array kAll = {kUnexpected,
                                    kCharacter,
                                    kUnendedString,
                                    kEscape,
                                    kUnendedComment,
                                    kNumber,
                                    kTooDeep,
                                    kUnclosed,
                                    kNoProbe,
                                    kProbePoint,
                                    kOrder,
                                    kNotAssignable,
                                    kDirective,
                                    kDefinition,
                                    kTwice,
                                    kSemicolon,
                                    kAssignmentAsValue,
                                    kType,
                                    kMacroArguments,
                                    kMacroValue,
                                    kMacroHygiene,
                                    kEmbeddedC,
                                    kArgument,
                                    kUnknownName,
                                    kUnknownFunction,
                                    kWrongArguments,
                                    kUnknownField,
                                    kNotAStruct,
                                    kUnknownType,
                                    kTypeMismatch,
                                    kUndefinedMap,
                                    kMapKeys,
                                    kUndefinedVariable,
                                    kOnlyInMap,
                                    kNotANumber,
                                    kNotConstant,
                                    kBadFormat,
                                    kConfig,
                                    kOutsideLoop,
                                    kCDefinition,
                                    kAssertion,
                                    kUnknownProvider,
                                    kProbeForm,
                                    kNoSuchFunction,
                                    kNoSuchTracepoint,
                                    kTooManyProbes,
                                    kNotHere,
                                    kUserSpaceProbe,
                                    kKernelUnreadable,
                                    kNoDebugInfo,
                                    kUnsafePlace,
                                    kCannot,
                                    kUnsafe,
                                    kHeader,
                                    kInternal};

}  // namespace codes

// The table's row; nullptr for what is no code.
const Code* find_code(std::string_view id);

}  // namespace knowhy::lang
