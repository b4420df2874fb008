// Codes of what sema says. docs/language/errors.md is made of this table and the parsers' ones.
#pragma once

#include <string_view>

namespace knowhy::lang::code {

// Names and types
constexpr std::string_view kUnknownName = "KW2001";
constexpr std::string_view kUnknownFunction = "KW2002";
constexpr std::string_view kWrongArguments = "KW2003";
constexpr std::string_view kUnknownField = "KW2004";
constexpr std::string_view kNotAStruct = "KW2005";
constexpr std::string_view kUnknownType = "KW2006";
constexpr std::string_view kTypeMismatch = "KW2007";
constexpr std::string_view kUndefinedMap = "KW2008";
constexpr std::string_view kMapKeys = "KW2009";
constexpr std::string_view kUndefinedVariable = "KW2010";
constexpr std::string_view kOnlyInMap = "KW2011";
constexpr std::string_view kNotANumber = "KW2012";
constexpr std::string_view kNotConstant = "KW2013";
constexpr std::string_view kNotAssignable = "KW2014";
constexpr std::string_view kBadFormat = "KW2015";
constexpr std::string_view kPositional = "KW2016";
constexpr std::string_view kConfig = "KW2017";
constexpr std::string_view kOutsideLoop = "KW2018";
constexpr std::string_view kCDefinition = "KW2019";
// Probes and the kernel
constexpr std::string_view kUnknownProvider = "KW3001";
constexpr std::string_view kProbeForm = "KW3002";
constexpr std::string_view kNoSuchFunction = "KW3003";
constexpr std::string_view kNoSuchTracepoint = "KW3004";
constexpr std::string_view kTooManyProbes = "KW3005";
constexpr std::string_view kNotHere = "KW3006";
constexpr std::string_view kUserSpaceProbe = "KW3007";
constexpr std::string_view kKernelUnreadable = "KW3008";
constexpr std::string_view kNoDebugInfo = "KW3009";
constexpr std::string_view kUnsafePlace = "KW3010";
// What eBPF cannot do
constexpr std::string_view kCannot = "KW4001";
constexpr std::string_view kUnsafe = "KW4002";
constexpr std::string_view kHeader = "KW4003";
constexpr std::string_view kInternal = "KW4999";

}  // namespace knowhy::lang::code
