// Runs the crashing functions of a generated file, one after another, and writes down of each crash
// what a kernel would have had to print: all registers, the fault address, the code around the
// fault. layouts.py puts that into the architecture's own words.
//
// Usage: PROGRAM keys | crashes.
#define _GNU_SOURCE  // the names of x86's registers
#include "cases.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ucontext.h>

static sigjmp_buf next_case;
// Bounds of the program's code, by the linker: what lies outside is not read as code or as a frame.
extern const char __executable_start[], etext[];

static void print_register(const char* name, uint64_t value) {
    printf("reg %s %016llx\n", name, (unsigned long long)value);
}

#if defined(__x86_64__)
static uint64_t registers(const mcontext_t* m, const siginfo_t* info) {
    static const char* const names[] = {"r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15",
                                        "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp"};
    static const int numbers[] = {REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13,
                                  REG_R14, REG_R15, REG_RDI, REG_RSI, REG_RBP, REG_RBX,
                                  REG_RDX, REG_RAX, REG_RCX, REG_RSP};
    enum { kGeneralProtection = 13 };
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); ++i)
        print_register(names[i], m->gregs[numbers[i]]);
    print_register("eflags", m->gregs[REG_EFL]);
    print_register("error", m->gregs[REG_ERR]);
    print_register("trap", m->gregs[REG_TRAPNO]);
    if (m->gregs[REG_TRAPNO] != kGeneralProtection)
        print_register("fault", (uintptr_t)info->si_addr);
    print_register("sp", m->gregs[REG_RSP]);
    return m->gregs[REG_RIP];
}
#elif defined(__aarch64__)
static uint64_t registers(const mcontext_t* m, const siginfo_t* info) {
    char name[4];
    for (unsigned i = 0; i < 31; ++i) {
        snprintf(name, sizeof name, "x%u", i);
        print_register(name, m->regs[i]);
    }
    print_register("sp", m->sp);
    print_register("pstate", m->pstate);
    print_register("fault", (uintptr_t)info->si_addr);
    return m->pc;
}
#elif defined(__mips__)
static uint64_t registers(const mcontext_t* m, const siginfo_t* info) {
    char name[4];
    for (unsigned i = 0; i < 32; ++i) {
        snprintf(name, sizeof name, "$%u", i);
        print_register(name, m->gregs[i]);
    }
    print_register("sp", m->gregs[29]);
    print_register("hi", m->mdhi);
    print_register("lo", m->mdlo);
    print_register("fault", (uintptr_t)info->si_addr);
    return m->pc;
}
#elif defined(__riscv)
static uint64_t registers(const mcontext_t* m, const siginfo_t* info) {
    char name[4];
    for (unsigned i = 1; i < 32; ++i) {
        snprintf(name, sizeof name, "x%u", i);
        print_register(name, m->__gregs[i]);
    }
    print_register("sp", m->__gregs[2]);
    print_register("fault", (uintptr_t)info->si_addr);
    return m->__gregs[0];
}
#endif

static void print_code(uint64_t pc) {
    enum { kBefore = 64, kAfter = 32 };
    const uint64_t start = (uintptr_t)__executable_start, end = (uintptr_t)etext;
    if (pc < start + kBefore || pc + kAfter > end) return;
    printf("code ");
    for (uint64_t at = pc - kBefore; at < pc + kAfter; ++at)
        printf("%02x", *(const unsigned char*)(uintptr_t)at);
    printf("\n");
}

static void print_stack(uint64_t sp) {
    for (unsigned i = 0; i < 24; ++i) {
        uint64_t word;
        memcpy(&word, (const char*)(uintptr_t)sp + i * sizeof word, sizeof word);
        printf("stack %016llx\n", (unsigned long long)word);
    }
}

// stdio in a handler: the faults come from the generated functions only, never from inside stdio.
static void on_fault(int number, siginfo_t* info, void* context) {
    (void)number;
    const mcontext_t* m = &((const ucontext_t*)context)->uc_mcontext;
    const uint64_t pc = registers(m, info);
    print_register("pc", pc);
    print_code(pc);
#if defined(__x86_64__)
    print_stack(m->gregs[REG_RSP]);
#elif defined(__aarch64__)
    print_stack(m->sp);
#elif defined(__mips__)
    print_stack(m->gregs[29]);
#elif defined(__riscv)
    print_stack(m->__gregs[2]);
#endif
    siglongjmp(next_case, 1);
}

int main(int count, char** arguments) {
    static char stack[1 << 16];
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    if (count == 2 && strcmp(arguments[1], "keys") == 0) {
        for (const struct crash_case* c = crash_cases; c->name; ++c)
            printf("%s %lld %lld %lld %lld\n", c->name, c->base, c->index, c->stride,
                   c->field_offset);
        return 0;
    }
    sigaltstack(&other, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    for (const struct crash_case* volatile c = crash_cases; c->name; ++c) {
        printf("case %s\n", c->name);
        if (sigsetjmp(next_case, 1) == 0) {
            c->run();
            printf("survived\n");
        }
    }
    return 0;
}
