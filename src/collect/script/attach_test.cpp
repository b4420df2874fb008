// Attaching for real, as far as the running kernel and user let us; skipped where they do not.
#include "collect/script/attach.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace knowhy::collect {
namespace {

// "Counts" its runs in an array of one u64.
class Counter {
  public:
    explicit Counter(const LoadAs& as)
        : map_(bpf_map_create(BPF_MAP_TYPE_ARRAY, nullptr, 4, 8, 1, nullptr)) {
        const std::vector<bpf_insn> code = {
            {BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0},
            {BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map_.get()},
            {},
            {BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0},
            {BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4},
            {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},
            {BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0},
            {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1},
            {BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, BPF_REG_1, 0, BPF_ADD},
            {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
            {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
        };
        bpf_prog_load_opts options{};
        options.sz = sizeof(options);
        options.expected_attach_type = static_cast<bpf_attach_type>(as.attach);
        options.attach_btf_id = as.btf_id;
        program_ = UniqueFd(bpf_prog_load(static_cast<bpf_prog_type>(as.type), nullptr, "GPL",
                                          code.data(), code.size(), &options));
    }

    [[nodiscard]] int program() const { return program_.get(); }
    [[nodiscard]] uint64_t runs() const {
        const uint32_t key = 0;
        uint64_t value = 0;
        bpf_map_lookup_elem(map_.get(), &key, &value);
        return value;
    }

  private:
    UniqueFd map_;
    UniqueFd program_;
};

class Attaching : public ::testing::Test {
  protected:
    // Attaches a counter there, lets `provoke` happen, and gives what was counted. nullopt: the
    // test is skipped.
    template <class Provoke>
    std::optional<uint64_t> runs_at(const lang::AttachAt& at, const Provoke& provoke,
                                    uint32_t event_id = 0) {
        const auto as = load_as(at, kernel_);
        if (!as) return skip(as.error().message);
        const Counter counter(*as);
        if (counter.program() < 0) return skip(errno_name(counter.program()));
        Attach what;
        what.program = counter.program();
        what.at = &at;
        what.event_id = event_id;
        auto attached = attach(what);
        if (!attached) return skip(attached.error().message);
        provoke();
        attached->clear();
        const uint64_t runs = counter.runs();
        provoke();
        EXPECT_EQ(counter.runs(), runs) << "it is still attached";
        return runs;
    }

    static std::optional<uint64_t> skip(const std::string& why) {
        why_ = why;
        return std::nullopt;
    }

    static void enter_the_kernel() {
        for (int i = 0; i < 100; ++i) ::getppid();
    }
    static void read_nothing() {
        const UniqueFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        char byte = 0;
        for (int i = 0; i < 100; ++i) EXPECT_EQ(::read(file.get(), &byte, 1), 0);
    }
    static void use_the_cpu() {
        const uint64_t until = thread_cpu_ns() + 50'000'000;
        while (thread_cpu_ns() < until) {
        }
    }

    RunningKernel kernel_;
    static inline std::string why_;
};

TEST_F(Attaching, Tracepoint) {
    const auto tracefs = kernel_.tracefs();
    if (!tracefs) GTEST_SKIP() << tracefs.error().message;
    const auto format = (*tracefs)->format({"raw_syscalls", "sys_enter"});
    if (!format) GTEST_SKIP() << format.error().message;
    const auto runs =
        runs_at(lang::TracepointAt{"raw_syscalls", "sys_enter"}, enter_the_kernel, format->id);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GE(*runs, 100U);
}

TEST_F(Attaching, RawTracepoint) {
    const auto runs = runs_at(lang::RawTracepointAt{"sys_enter", false}, enter_the_kernel);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GE(*runs, 100U);
}

TEST_F(Attaching, TypedRawTracepoint) {
    const auto runs = runs_at(lang::RawTracepointAt{"sys_enter", true}, enter_the_kernel);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GE(*runs, 100U);
}

TEST_F(Attaching, Profile) {
    const auto runs = runs_at(lang::ProfileAt{1'000'000}, use_the_cpu);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GT(*runs, 0U);
}

TEST_F(Attaching, Kprobe) {
    const auto runs =
        runs_at(lang::KprobeAt{"__x64_sys_getppid", "", 0, 0, false}, enter_the_kernel);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GE(*runs, 100U);
}

TEST_F(Attaching, Kretprobe) {
    const auto runs =
        runs_at(lang::KprobeAt{"__x64_sys_getppid", "", 0, 0, true}, enter_the_kernel);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GE(*runs, 100U);
}

TEST_F(Attaching, KprobeAtAnAddress) {
    const auto address = kernel_.address_of("__x64_sys_getppid");
    if (!address) GTEST_SKIP() << "no addresses";
    const auto runs = runs_at(lang::KprobeAt{"", "", 0, *address, false}, enter_the_kernel);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GE(*runs, 100U);
}

TEST_F(Attaching, Fentry) {
    const auto runs = runs_at(lang::TracingAt{"vfs_read", "", false}, read_nothing);
    if (!runs) GTEST_SKIP() << why_;
    EXPECT_GE(*runs, 100U);
}

TEST_F(Attaching, IteratorIsWalked) {
    const lang::AttachAt at = lang::IteratorAt{"task"};
    const auto as = load_as(at, kernel_);
    if (!as) GTEST_SKIP() << as.error().message;
    const Counter counter(*as);
    if (counter.program() < 0) GTEST_SKIP() << errno_name(counter.program());
    Attach what;
    what.program = counter.program();
    what.at = &at;
    const auto link = attach(what);
    ASSERT_TRUE(link) << link.error().message;
    ASSERT_TRUE(walk_iterator(*link, [](std::string_view) {}));
    EXPECT_GE(counter.runs(), 2U);  // this process and init
}

TEST_F(Attaching, WhatIsNotThereIsSaid) {
    EXPECT_FALSE(load_as(lang::RawTracepointAt{"no_such_tracepoint", true}, kernel_));
    EXPECT_FALSE(load_as(lang::TracingAt{"no_such_function", "", false}, kernel_));
    EXPECT_FALSE(load_as(lang::BeginAt{}, kernel_));
    EXPECT_FALSE(module_btf("no_such_module"));
}

TEST(InParallel, EachTaskOnce) {
    for (const size_t count : {0U, 1U, 3U, 100U}) {
        std::vector<std::atomic<int>> done(count);
        in_parallel(count, [&](size_t i) { ++done[i]; });
        for (const auto& times : done) EXPECT_EQ(times, 1);
    }
}

}  // namespace
}  // namespace knowhy::collect
