#include "host/child.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cerrno>

#include "base/text.h"

namespace knowhy::host {
namespace {

// A socket, so that writing to one whose other end is gone is an error and no signal.
struct Line {
    UniqueFd read;
    UniqueFd write;
};

Result<Line> make_line() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail_errno(errno, "making a pair of sockets");
    return Line{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// In the child, between fork and exec: nothing but system calls.
[[noreturn]] void wait_and_run(char* const* words, int parent, int go, int trouble) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // until it is let go
    char byte = 0;
    // What it does from its first call after this on is the command's own doing.
    const bool ready = ::getppid() == parent && ::write(trouble, &byte, 1) == 1;
    if (!ready || ::read(go, &byte, 1) != 1) ::_exit(127);
    ::prctl(PR_SET_PDEATHSIG, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execvp(words[0], words);
    const int error = errno;
    [[maybe_unused]] const ssize_t told = ::write(trouble, &error, sizeof(error));
    ::_exit(127);
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
    std::vector<std::string> words;
    bool in_word = false;
    char quote = 0;
    for (size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
            in_word = false;
            continue;
        }
        if (!in_word) words.emplace_back();
        in_word = true;
        if (c == '\\' && quote != '\'' && i + 1 < line.size())
            words.back() += line[++i];
        else if (c == quote)
            quote = 0;
        else if (quote == 0 && (c == '\'' || c == '"'))
            quote = c;
        else
            words.back() += c;
    }
    if (quote != 0) return fail(ErrorKind::Usage, "a quotation does not end: {}", escaped(line));
    return words;
}

Result<Child> Child::start_held(const std::vector<std::string>& words) {
    if (words.empty()) return fail(ErrorKind::Usage, "no command to run");
    KW_TRY(Line go, make_line());
    KW_TRY(Line trouble, make_line());
    std::vector<char*> pointers;
    for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    const int parent = ::getpid();
    Child child;
    child.pid_ = ::fork();
    if (child.pid_ < 0) return fail_errno(errno, "starting a process");
    if (child.pid_ == 0) {
        go.write.reset();
        wait_and_run(pointers.data(), parent, go.read.get(), trouble.write.get());
    }
    trouble.write.reset();
    char byte = 0;
    if (::read(trouble.read.get(), &byte, 1) != 1)
        return fail(ErrorKind::System, "the process for the command ended at once");
    KW_TRY(child.process_, watch_process(child.pid_));
    child.go_ = std::move(go.write);
    child.trouble_ = std::move(trouble.read);
    return child;
}

// Its end of the first pipe goes: it reads nothing, and leaves.
Child::~Child() {
    const bool held = go_.valid();
    go_.reset();
    if (held) ::waitpid(pid_, nullptr, 0);
}

Status Child::let_go() {
    const char byte = 1;
    const bool told = ::send(go_.get(), &byte, 1, MSG_NOSIGNAL) == 1;
    const int failed = errno;
    go_.reset();
    if (!told) return fail_errno(failed, "starting the command");
    int error = 0;
    // Ends with nothing read where exec succeeds: that closes it.
    if (::read(trouble_.get(), &error, sizeof(error)) != sizeof(error)) return {};
    ::waitpid(pid_, nullptr, 0);
    auto status = fail_errno(error, "the command cannot be run");
    status.value().kind = ErrorKind::Usage;
    return status;
}

Result<UniqueFd> watch_process(int pid) {
    UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (process.valid()) return process;
    if (errno == ESRCH || errno == EINVAL)
        return fail(ErrorKind::Usage, "there is no process {}", pid);
    return fail_errno(errno, fmt::format("watching process {}", pid));
}

}  // namespace knowhy::host
