#include "collect/script/attach.h"

#include <bpf/bpf.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "host/cpus.h"
#include "host/files.h"
#include "ir/overloaded.h"

namespace knowhy::collect {
namespace {

constexpr const char* kKprobePmu = "/sys/bus/event_source/devices/kprobe/";
constexpr unsigned kThreads = 8;
// Fewer tasks are done sooner than threads are made.
constexpr size_t kWorthThreads = 4;

tl::unexpected<Error> not_in_btf(std::string_view what, std::string_view name) {
    return fail(ErrorKind::Unsupported, "this kernel's BTF has no {} {}", what, escaped(name));
}

Result<LoadAs> tracing(uint32_t attach_type, const std::optional<symbols::KernelTypes::Id>& id,
                       std::string_view what, std::string_view name) {
    if (!id) return not_in_btf(what, name);
    return LoadAs{BPF_PROG_TYPE_TRACING, attach_type, id->number, id->module, false};
}

perf_event_attr perf_attr(uint32_t type, uint64_t config) {
    perf_event_attr attr{};
    attr.size = sizeof(attr);
    attr.type = type;
    attr.config = config;
    return attr;
}

Result<UniqueFd> open_perf(perf_event_attr attr, int pid, int cpu) {
    const long fd = ::syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) return fail_errno(errno, "perf_event_open");
    return UniqueFd(static_cast<int>(fd));
}

// The link holds the event: its descriptor need not stay open.
Result<UniqueFd> link_perf(int program, const UniqueFd& event, uint64_t cookie) {
    bpf_link_create_opts options{};
    options.sz = sizeof(options);
    options.perf_event.bpf_cookie = cookie;
    const int link = bpf_link_create(program, event.get(), BPF_PERF_EVENT, &options);
    if (link < 0) return fail_errno(-link, "linking to a perf event");
    return UniqueFd(link);
}

// One event counts on all CPUs: kprobes and tracepoints are not bound to one.
Result<Attached> attach_everywhere(const Attach& what, const perf_event_attr& attr) {
    KW_TRY(const UniqueFd event, open_perf(attr, -1, host::online_cpus().front()));
    KW_TRY(UniqueFd link, link_perf(what.program, event, what.cookie));
    Attached attached;
    attached.push_back(std::move(link));
    return attached;
}

Result<Attached> attach_on_each_cpu(const Attach& what, const perf_event_attr& attr) {
    Attached attached;
    const std::vector<int> of_process = {-1};
    for (const int cpu : what.pid >= 0 ? of_process : host::online_cpus()) {
        KW_TRY(const UniqueFd event, open_perf(attr, what.pid, cpu));
        KW_TRY(UniqueFd link, link_perf(what.program, event, what.cookie));
        attached.push_back(std::move(link));
    }
    return attached;
}

Result<uint32_t> kprobe_pmu() {
    static const std::optional<uint64_t> type = [] {
        const auto text = host::read_kernel_file(std::string(kKprobePmu) + "type");
        return text ? parse_u64(trimmed(*text)) : std::nullopt;
    }();
    if (!type) return fail(ErrorKind::Unsupported, "this kernel has no kprobes");
    return static_cast<uint32_t>(*type);
}

Result<Attached> attach_kprobe(const Attach& what, const lang::KprobeAt& at) {
    KW_TRY(const uint32_t pmu, kprobe_pmu());
    // .../kprobe/format/retprobe: config:0
    perf_event_attr attr = perf_attr(pmu, at.at_return ? 1 : 0);
    const std::string symbol =
        at.module.empty() ? at.function : fmt::format("{}:{}", at.module, at.function);
    if (at.address != 0) {
        attr.kprobe_addr = at.address;
    } else {
        attr.kprobe_func = reinterpret_cast<uint64_t>(symbol.c_str());
        attr.probe_offset = at.offset;
    }
    return attach_everywhere(what, attr);
}

Result<Attached> attach_watchpoint(const Attach& what, const lang::WatchpointAt& at) {
    perf_event_attr attr = perf_attr(PERF_TYPE_BREAKPOINT, 0);
    attr.sample_period = 1;
    attr.bp_addr = at.address;
    attr.bp_len = at.on_execute ? sizeof(long) : at.length;
    if (at.on_read) attr.bp_type |= HW_BREAKPOINT_R;
    if (at.on_write) attr.bp_type |= HW_BREAKPOINT_W;
    if (at.on_execute) attr.bp_type |= HW_BREAKPOINT_X;
    return attach_on_each_cpu(what, attr);
}

Result<Attached> attach_sampling(const Attach& what, uint64_t config, uint64_t period) {
    perf_event_attr attr = perf_attr(PERF_TYPE_SOFTWARE, config);
    attr.sample_period = period;
    return attach_on_each_cpu(what, attr);
}

// `name` is null where the program itself knows, by its BTF id.
Result<Attached> attach_raw(int program, const char* name) {
    const int link = bpf_raw_tracepoint_open(name, program);
    if (link < 0) return fail_errno(-link, "attaching");
    Attached attached;
    attached.emplace_back(link);
    return attached;
}

Result<Attached> attach_iterator(int program) {
    const int link = bpf_link_create(program, 0, BPF_TRACE_ITER, nullptr);
    if (link < 0) return fail_errno(-link, "making an iterator");
    Attached attached;
    attached.emplace_back(link);
    return attached;
}

tl::unexpected<Error> not_in_the_kernel() {
    return fail(ErrorKind::Internal, "a probe of user space has nothing to attach to");
}

}  // namespace

Result<LoadAs> load_as(const lang::AttachAt& at, RunningKernel& kernel) {
    using Answer = Result<LoadAs>;
    symbols::KernelTypes* btf = nullptr;
    const auto wants_btf = [&]() -> Status {
        btf = kernel.btf();
        return btf ? Status() : tl::unexpected(kernel.why_no_btf());
    };
    const auto overloads = ir::Overloaded{
        [](const lang::KprobeAt&) -> Answer {
            return LoadAs{BPF_PROG_TYPE_KPROBE, 0, 0, "", true};
        },
        [](const lang::TracepointAt&) -> Answer {
            return LoadAs{BPF_PROG_TYPE_TRACEPOINT, 0, 0, "", true};
        },
        [&](const lang::TracingAt& one) -> Answer {
            KW_CHECK_OK(wants_btf());
            return tracing(one.at_return ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY,
                           btf->function_id(one.function, one.module), "function", one.function);
        },
        [&](const lang::RawTracepointAt& one) -> Answer {
            if (!one.typed) return LoadAs{BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, "", false};
            KW_CHECK_OK(wants_btf());
            return tracing(BPF_TRACE_RAW_TP, btf->raw_tracepoint_id(one.name), "raw tracepoint",
                           one.name);
        },
        [&](const lang::IteratorAt& one) -> Answer {
            KW_CHECK_OK(wants_btf());
            return tracing(BPF_TRACE_ITER, btf->function_id("bpf_iter_" + one.name, ""), "iterator",
                           one.name);
        },
        [](const lang::ProfileAt&) -> Answer {
            return LoadAs{BPF_PROG_TYPE_PERF_EVENT, 0, 0, "", true};
        },
        [](const lang::SoftwareAt&) -> Answer {
            return LoadAs{BPF_PROG_TYPE_PERF_EVENT, 0, 0, "", true};
        },
        [](const lang::WatchpointAt&) -> Answer {
            return LoadAs{BPF_PROG_TYPE_PERF_EVENT, 0, 0, "", true};
        },
        [](const auto&) -> Answer { return not_in_the_kernel(); },
    };
    return std::visit(overloads, at);
}

Result<UniqueFd> module_btf(const std::string& module) {
    uint32_t id = 0;
    while (bpf_btf_get_next_id(id, &id) == 0) {
        UniqueFd fd(bpf_btf_get_fd_by_id(id));
        std::array<char, 64> name{};
        bpf_btf_info info{};
        info.name = reinterpret_cast<uint64_t>(name.data());
        info.name_len = name.size();
        uint32_t size = sizeof(info);
        if (!fd.valid() || bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) continue;
        if (info.kernel_btf != 0 && module == name.data()) return fd;
    }
    return not_in_btf("module", module);
}

Result<Attached> attach(const Attach& what) {
    using Answer = Result<Attached>;
    const auto overloads = ir::Overloaded{
        [&](const lang::KprobeAt& at) -> Answer { return attach_kprobe(what, at); },
        [&](const lang::TracepointAt&) -> Answer {
            return attach_everywhere(what, perf_attr(PERF_TYPE_TRACEPOINT, what.event_id));
        },
        [&](const lang::TracingAt&) -> Answer { return attach_raw(what.program, nullptr); },
        [&](const lang::RawTracepointAt& at) -> Answer {
            return attach_raw(what.program, at.typed ? nullptr : at.name.c_str());
        },
        [&](const lang::ProfileAt& at) -> Answer {
            return attach_sampling(what, PERF_COUNT_SW_CPU_CLOCK, at.period_ns);
        },
        [&](const lang::SoftwareAt& at) -> Answer {
            return attach_sampling(what, at.config, at.count);
        },
        [&](const lang::WatchpointAt& at) -> Answer { return attach_watchpoint(what, at); },
        [&](const lang::IteratorAt&) -> Answer { return attach_iterator(what.program); },
        [](const auto&) -> Answer { return not_in_the_kernel(); },
    };
    return std::visit(overloads, *what.at);
}

Status walk_iterator(const Attached& link, const std::function<void(std::string_view)>& take) {
    const UniqueFd walk(bpf_iter_create(link.front().get()));
    if (!walk.valid()) return fail_errno(errno, "starting an iterator");
    std::array<char, 8192> text{};
    for (;;) {
        const ssize_t size = ::read(walk.get(), text.data(), text.size());
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (size < 0) return fail_errno(errno, "walking an iterator");
        if (size == 0) return {};
        take({text.data(), static_cast<size_t>(size)});
    }
}

void in_parallel(size_t count, const std::function<void(size_t)>& task,
                 const std::function<void(size_t done)>& progress) {
    std::atomic<size_t> next = 0;
    std::mutex lock;
    std::condition_variable changed;
    size_t done = 0;
    const auto work = [&] {
        for (size_t i = next++; i < count; i = next++) {
            task(i);
            const std::lock_guard guard(lock);
            if (++done == count) changed.notify_one();
        }
    };
    if (count < kWorthThreads) return work();
    std::vector<std::thread> threads;
    for (size_t i = 0; i < std::min<size_t>(kThreads, count); ++i) threads.emplace_back(work);
    std::unique_lock guard(lock);
    while (done < count) {
        changed.wait_for(guard, std::chrono::milliseconds(200));
        if (progress) progress(done);
    }
    guard.unlock();
    for (std::thread& thread : threads) thread.join();
}

}  // namespace knowhy::collect
