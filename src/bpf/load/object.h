// Loading a compiled BPF object so that one program the kernel refuses does not take the others
// with it, and attaching its programs. Everything lives by file descriptors alone: nothing is
// pinned, no tracefs probe is made, so that even SIGKILL leaves nothing behind.
#pragma once

#include <bpf/libbpf.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace knowhy::bpf {

struct ObjectCloser {
    void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using Object = std::unique_ptr<bpf_object, ObjectCloser>;

struct LinkCloser {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkCloser>;  // detaches when it goes

// A program that is not there, and why, in a few words: "EPERM", "EINVAL: ...".
struct Refusal {
    std::string program;
    std::string why;
};

struct LoadRequest {
    std::span<const std::byte> bytes;   // an ELF object; must outlive the call
    std::vector<std::string> programs;  // which of its programs to load; unknown names are ignored
    // Programs of which each must load: when one is refused, so is the whole request.
    std::vector<std::string> needed;
    // BTF to relocate by (core_types.h) instead of all of the kernel's and its modules'; -1 for
    // those. Programs that attach by BTF want the kernel's nevertheless.
    int types = -1;
    // Called after opening and before loading, as often as loading is tried.
    std::function<Status(bpf_object&)> prepare;
};

struct Loaded {
    Object object;
    std::vector<Refusal> refused;  // of request.programs
};

// Loads what can be loaded. An error means that nothing is loaded.
Result<Loaded> load_object(const LoadRequest& request);

// Attaches by the program's section ("fexit/NAME", "kprobe/NAME", "tp_btf/NAME").
Result<Link> attach_program(bpf_object& object, const std::string& program);

// Hits that the kernel did not hand to the program because one of its runs was under way on that
// CPU. nullopt where the kernel does not count them for this program's type.
std::optional<uint64_t> recursion_misses(bpf_object& object, const std::string& program);

// Makes an extern kernel variable of the object unknown to libbpf, so that a weak reference to it
// reads as absent. For variables whose BTF is there and whose address the kernel does not give.
void hide_kernel_variable(std::vector<std::byte>& object, const std::string& variable);

}  // namespace knowhy::bpf
