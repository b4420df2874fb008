#include "collect/memory/test_run.h"

#include <bpf/bpf.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace knowhy::collect {
namespace {

tl::unexpected<Error> refused(int number, const char* what) {
    if (number == EPERM || number == EACCES) {
        return fail(ErrorKind::Privilege,
                    "reading the kernel's memory needs root, or CAP_BPF and CAP_PERFMON");
    }
    return fail_errno(number, fmt::format("cannot {} to read the kernel's memory", what));
}

}  // namespace

Result<TestRun> TestRun::load(const char* name, uint32_t value_bytes, const Code& code) {
    bpf_map_create_opts shared{};
    shared.sz = sizeof(shared);
    shared.map_flags = BPF_F_MMAPABLE;
    const UniqueFd map(bpf_map_create(BPF_MAP_TYPE_ARRAY, name, 4, value_bytes, 1, &shared));
    if (!map.valid()) return refused(errno, "make a map");
    const auto instructions = code(map.get());
    UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, name, "GPL", instructions.data(),
                                   instructions.size(), nullptr));
    if (!program.valid()) return refused(errno, "load a program");
    void* const value = mmap(nullptr, value_bytes, PROT_READ, MAP_SHARED, map.get(), 0);
    if (value == MAP_FAILED) return refused(errno, "share a map");
    return TestRun(std::move(program), {static_cast<const uint8_t*>(value), value_bytes});
}

TestRun::TestRun(TestRun&& other) noexcept
    : program_(std::move(other.program_)), value_(std::exchange(other.value_, {})) {}

TestRun& TestRun::operator=(TestRun&& other) noexcept {
    std::swap(program_, other.program_);
    std::swap(value_, other.value_);
    return *this;
}

TestRun::~TestRun() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap writes nothing
    if (!value_.empty()) munmap(const_cast<uint8_t*>(value_.data()), value_.size());
}

int TestRun::run(std::array<uint64_t, 2> arguments) const {
    bpf_test_run_opts opts{};
    opts.sz = sizeof(opts);
    opts.ctx_in = arguments.data();
    opts.ctx_size_in = sizeof(arguments);
    if (bpf_prog_test_run_opts(program_.get(), &opts) != 0) return -1;
    return static_cast<int>(opts.retval);
}

}  // namespace knowhy::collect
