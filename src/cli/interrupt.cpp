#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

#include "cli/command.h"

namespace knowhy::cli {
namespace {

enum class Phase { Arming, Running, Stopping };

std::atomic<Phase> phase{Phase::Arming};
static_assert(std::atomic<Phase>::is_always_lock_free, "it is set in a signal handler");

void say(std::string_view line) {
    // Nothing can be done in a handler when even this fails.
    [[maybe_unused]] const ssize_t written = ::write(2, line.data(), line.size());
}

void on_signal(int number) {
    Phase running = Phase::Running;
    if (phase.compare_exchange_strong(running, Phase::Stopping)) return;
    if (running == Phase::Arming) {
        say("knowhy: stopped before it was armed\n");
        _exit(kFailed);
    }
    _exit(128 + number);
}

void install(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    for (const int number : {SIGINT, SIGTERM}) ::sigaction(number, &action, nullptr);
}

}  // namespace

Interrupts::Interrupts() {
    phase = Phase::Arming;
    install(on_signal);
}

Interrupts::~Interrupts() {
    install(SIG_DFL);
}

void Interrupts::armed() {
    phase = Phase::Running;
}

bool Interrupts::asked_to_stop() {
    return phase == Phase::Stopping;
}

}  // namespace knowhy::cli
