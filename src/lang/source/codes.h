// The codes of messages, each with what it means. docs/language/errors.md is made from these
// tables; a code once given keeps its meaning. A room's own codes stand in a table of its own.
#pragma once

#include <array>
#include <string_view>

namespace knowhy::lang {

struct Code {
    std::string_view id;
    std::string_view meaning;  // a sentence
};

// What both front ends say while reading the text.
namespace codes {

inline constexpr Code kUnexpected{"KW1001", "Something else has to stand at this place."};
inline constexpr Code kCharacter{"KW1002", "This character means nothing in the language."};
inline constexpr Code kUnendedString{"KW1003", "A string has no closing quote on its line."};
inline constexpr Code kEscape{"KW1004",
                              "A backslash in a string is followed by what no escape is."};
inline constexpr Code kUnendedComment{"KW1005", "A comment that /* opens is never closed."};
inline constexpr Code kNumber{"KW1006",
                              "A number is malformed, too large, or of an unknown suffix."};
inline constexpr Code kTooDeep{"KW1007",
                               "Expressions or blocks are nested too deeply, or too long."};
inline constexpr Code kUnclosed{"KW1008", "A bracket or brace is never closed."};
inline constexpr Code kNoProbe{"KW1009", "A script without a probe does nothing."};
inline constexpr Code kProbePoint{"KW1010", "A probe point is not written as one can be."};
inline constexpr Code kOrder{"KW1011",
                             "A declaration stands behind what it would have to precede."};
inline constexpr Code kNotAssignable{"KW1012",
                                     "Only a variable, a map or an element is assigned to."};
inline constexpr Code kDirective{"KW1013",
                                 "A preprocessor directive is not known or not complete."};
inline constexpr Code kDefinition{"KW1014", "A definition is not complete."};
inline constexpr Code kTwice{"KW1015", "Something is defined twice."};
inline constexpr Code kSemicolon{"KW1016", "Two statements stand together without a semicolon."};
inline constexpr Code kAssignmentAsValue{"KW1017", "In bpftrace an assignment has no value."};
inline constexpr Code kType{"KW1018", "A type is not written as one can be."};

inline constexpr Code kMacroArguments{"KW1019", "A macro is called with what it does not take."};
inline constexpr Code kMacroValue{"KW1020", "A macro that has no value is used as one."};
inline constexpr Code kMacroHygiene{"KW1021",
                                    "A macro uses a variable or map that was not passed to it."};

inline constexpr Code kEmbeddedC{"KW1022", "Embedded C would need a compiler and a kernel module."};

inline constexpr Code kArgument{"KW1023", "The script wants an argument that was not given."};

inline constexpr std::array kReading = {
    kUnexpected,   kCharacter,         kUnendedString, kEscape,         kUnendedComment,
    kNumber,       kTooDeep,           kUnclosed,      kNoProbe,        kProbePoint,
    kOrder,        kNotAssignable,     kDirective,     kDefinition,     kTwice,
    kSemicolon,    kAssignmentAsValue, kType,          kMacroArguments, kMacroValue,
    kMacroHygiene, kEmbeddedC,         kArgument};

}  // namespace codes
}  // namespace knowhy::lang
