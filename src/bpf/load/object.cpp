#include "bpf/load/object.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "base/log.h"
#include "base/text.h"

namespace knowhy::bpf {
namespace {

// libbpf says which program failed only in its log. This keeps the last name it complained about.
class LibbpfLog {
  public:
    LibbpfLog() : before_(libbpf_set_print(&LibbpfLog::take)) { culprit().clear(); }
    ~LibbpfLog() { libbpf_set_print(before_); }
    LibbpfLog(const LibbpfLog&) = delete;
    LibbpfLog& operator=(const LibbpfLog&) = delete;

    static std::string& culprit() {
        static thread_local std::string name;
        return name;
    }

  private:
    static int take(libbpf_print_level level, const char* format, va_list args) {
        if (level != LIBBPF_WARN) return 0;
        std::array<char, 512> line{};
        const int size = std::vsnprintf(line.data(), line.size(), format, args);
        const std::string_view text(line.data(), std::min<size_t>(std::max(size, 0), 511));
        log::debug("{}", escaped(trimmed(text)));
        constexpr std::string_view kBefore = "prog '";
        const size_t begin = text.find(kBefore);
        if (begin == std::string_view::npos) return 0;
        const std::string_view rest = text.substr(begin + kBefore.size());
        culprit() = rest.substr(0, rest.find('\''));
        return 0;
    }

    libbpf_print_fn_t before_;
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Result<Object> open_selected(const LoadRequest& request, const std::vector<std::string>& programs) {
    bpf_object_open_opts options{};
    options.sz = sizeof(options);
    const std::string types = fmt::format("/proc/self/fd/{}", request.types);
    if (request.types >= 0) options.btf_custom_path = types.c_str();
    Object object(bpf_object__open_mem(request.bytes.data(), request.bytes.size(), &options));
    if (!object) return fail_errno(errno, "opening a BPF object");
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object.get())
        bpf_program__set_autoload(program, contains(programs, bpf_program__name(program)));
    if (request.prepare) KW_CHECK_OK(request.prepare(*object));
    return object;
}

}  // namespace

Result<Loaded> load_object(const LoadRequest& request) {
    Loaded loaded;
    std::vector<std::string> programs = request.programs;
    for (;;) {
        const LibbpfLog log;
        KW_TRY(Object object, open_selected(request, programs));
        const int error = bpf_object__load(object.get());
        if (error == 0) {
            loaded.object = std::move(object);
            return loaded;
        }
        const std::string culprit = LibbpfLog::culprit();
        if (!contains(programs, culprit)) return fail_errno(-error, "loading BPF programs");
        if (contains(request.needed, culprit))
            return fail_errno(-error, fmt::format("loading the BPF program {}", culprit));
        loaded.refused.push_back({culprit, fmt::format("not loaded: {}", errno_name(error))});
        programs.erase(std::find(programs.begin(), programs.end(), culprit));
    }
}

Result<Link> attach_program(bpf_object& object, const std::string& program) {
    const LibbpfLog log;
    bpf_program* found = bpf_object__find_program_by_name(&object, program.c_str());
    if (!found || bpf_program__fd(found) < 0)
        return fail(ErrorKind::Internal, "BPF program {} is not loaded", program);
    Link link(bpf_program__attach(found));
    if (!link) return fail_errno(errno, fmt::format("attaching {}", program));
    return link;
}

std::optional<uint64_t> recursion_misses(bpf_object& object, const std::string& program) {
    bpf_program* found = bpf_object__find_program_by_name(&object, program.c_str());
    if (!found || bpf_program__fd(found) < 0) return std::nullopt;
    const auto type = bpf_program__type(found);
    if (type != BPF_PROG_TYPE_TRACING && type != BPF_PROG_TYPE_RAW_TRACEPOINT) return std::nullopt;
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_program__fd(found), &info, &size) != 0) return std::nullopt;
    if (size < offsetof(bpf_prog_info, recursion_misses) + sizeof(info.recursion_misses))
        return std::nullopt;
    return info.recursion_misses;
}

void hide_kernel_variable(std::vector<std::byte>& object, const std::string& variable) {
    // Both string tables, the ELF file's and BTF's, end every name with a NUL and begin after one.
    std::string name = '\0' + variable + '\0';
    std::vector<std::byte> needle(name.size());
    std::transform(name.begin(), name.end(), needle.begin(), [](char c) { return std::byte(c); });
    auto at = object.begin();
    while ((at = std::search(at, object.end(), needle.begin(), needle.end())) != object.end()) {
        *(at + 1) = std::byte('x');
        ++at;
    }
}

}  // namespace knowhy::bpf
