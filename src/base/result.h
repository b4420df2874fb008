// Result<T> and Error: how a failure crosses a room's boundary.
//
// No exception leaves a room. A function that can fail returns Result<T>; the caller either handles
// the Error or hands it up with KW_TRY. An Error is one line for a person: what failed, on what,
// and what to do about it. Its kind decides the exit status (see cli/).
#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace knowhy {

enum class ErrorKind {
    Usage,        // wrong arguments or unreadable input: exit status 2
    Unsupported,  // this kernel or machine cannot do it: exit status 1
    Privilege,    // the user may not do it: exit status 1
    System,       // a call failed; os_errno says how: exit status 1
    Internal,     // a bug of ours: exit status 1
};

struct Error {
    ErrorKind kind = ErrorKind::System;
    std::string message;  // one line, no trailing full stop, already naming the thing it is about
    int os_errno = 0;     // positive errno, or 0 when no call failed

    // The same error, seen from further out: "reading FILE: <message>".
    [[nodiscard]] Error in(std::string_view context) const {
        return {kind, fmt::format("{}: {}", context, message), os_errno};
    }
};

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

// An Error ready to return: `return fail(ErrorKind::Usage, "no such device: {}", name);`
template <typename... Args>
tl::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
    return tl::unexpected(Error{kind, fmt::format(format, std::forward<Args>(args)...), 0});
}

// An Error from a failed call. os_errno is a positive errno (pass `errno` or `-ret`). EPERM and
// EACCES become ErrorKind::Privilege. The errno's text is appended to the message.
tl::unexpected<Error> fail_errno(int os_errno, std::string message);

// "EINVAL" for 22; "errno 4095" for a number this C library does not name. Sign is ignored, so
// a kernel return value (-22) can be passed as it is.
std::string errno_name(int number);

}  // namespace knowhy

#define KW_CONCAT_INNER(a, b) a##b
#define KW_CONCAT(a, b) KW_CONCAT_INNER(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses.
// KW_TRY(auto x, may_fail()): declares x, or returns the error. KW_CHECK_OK(status): or returns it.
#define KW_TRY(declaration, expression)                                         \
    auto KW_CONCAT(kw_try_, __LINE__) = (expression);                           \
    if (!KW_CONCAT(kw_try_, __LINE__))                                          \
        return tl::unexpected(std::move(KW_CONCAT(kw_try_, __LINE__)).error()); \
    declaration = std::move(*KW_CONCAT(kw_try_, __LINE__))

// NOLINTEND(bugprone-macro-parentheses)

#define KW_CHECK_OK(expression)                                  \
    do {                                                         \
        if (auto kw_status = (expression); !kw_status)           \
            return tl::unexpected(std::move(kw_status).error()); \
    } while (false)
