#include "bpf/load/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>

#include "bpf/load/program_types.h"
#include "bpf/load/verifier_log.h"

namespace knowhy::bpf {
namespace {

constexpr uint32_t kLogBytes = (1U << 24U) - 1;  // the most that all kernels take

bpf_map_type type_of(ir::Map::Kind kind) {
    switch (kind) {
        case ir::Map::Kind::Hash:
            return BPF_MAP_TYPE_HASH;
        case ir::Map::Kind::LruHash:
            return BPF_MAP_TYPE_LRU_HASH;
        case ir::Map::Kind::PerCpuHash:
            return BPF_MAP_TYPE_PERCPU_HASH;
        case ir::Map::Kind::LruPerCpuHash:
            return BPF_MAP_TYPE_LRU_PERCPU_HASH;
        case ir::Map::Kind::Array:
            return BPF_MAP_TYPE_ARRAY;
        case ir::Map::Kind::PerCpuArray:
            return BPF_MAP_TYPE_PERCPU_ARRAY;
        case ir::Map::Kind::RingBuffer:
            return BPF_MAP_TYPE_RINGBUF;
        case ir::Map::Kind::StackTrace:
            return BPF_MAP_TYPE_STACK_TRACE;
        case ir::Map::Kind::PerfEventArray:
            return BPF_MAP_TYPE_PERF_EVENT_ARRAY;
    }
    return BPF_MAP_TYPE_UNSPEC;
}

// What the kernel takes for a name: 15 of these characters.
std::string kernel_name(const std::string& name) {
    std::string taken = identifier(name).substr(0, BPF_OBJ_NAME_LEN - 1);
    return taken.empty() ? "knowhy" : taken;
}

Result<UniqueFd> create_scratch(uint32_t bytes) {
    ir::Map map{ir::Map::Kind::PerCpuArray, "scratch", 4, bytes, 1};
    return create_map(map);
}

// The instructions with descriptors where maps are named.
std::vector<::bpf_insn> with_maps(const GeneratedProgram& generated, const ProgramRequest& request,
                                  int scratch) {
    std::vector<::bpf_insn> insns = encode(generated.insns);
    for (const MapReference& reference : generated.maps)
        insns[reference.slot].imm = reference.map ? request.maps.at(reference.map->index) : scratch;
    return insns;
}

class Loader {
  public:
    Loader(const GeneratedProgram& generated, const ProgramRequest& request)
        : generated_(generated), request_(request) {
        options_.sz = sizeof(options_);
        options_.expected_attach_type = request.expected_attach;
        options_.attach_btf_id = request.attach_btf_id;
        options_.attach_btf_obj_fd = static_cast<__u32>(request.attach_btf_fd);
    }

    tl::expected<LoadedProgram, ProgramRefusal> run() {
        LoadedProgram loaded;
        if (generated_.scratch_bytes > 0) {
            auto scratch = create_scratch(generated_.scratch_bytes);
            if (!scratch) return tl::unexpected(ProgramRefusal{scratch.error(), {}, {}, {}});
            loaded.scratch = std::move(*scratch);
        }
        // Without types the program may still load, unless a helper calls it back.
        types_ = ProgramTypes::make(generated_, request_.source);
        if (types_) types_->describe(options_);
        insns_ = with_maps(generated_, request_, loaded.scratch.get());
        loaded.program = UniqueFd(load());
        if (loaded.program.valid()) return loaded;
        return tl::unexpected(refusal(errno));
    }

  private:
    int load() {
        return bpf_prog_load(request_.type, kernel_name(request_.name).c_str(), "GPL",
                             insns_.data(), insns_.size(), &options_);
    }

    // Loads again, for the verifier's log.
    ProgramRefusal refusal(int error) {
        std::string log(kLogBytes, '\0');
        options_.log_buf = log.data();
        options_.log_size = kLogBytes;
        options_.log_level = 1;
        const UniqueFd again(load());
        log.resize(std::strlen(log.c_str()));
        const Verdict verdict = read_verifier_log(log);
        const std::string about = request_.name + " is refused by the kernel";
        ProgramRefusal refusal{fail_errno(error, about).value(), std::move(log), verdict.slot, {}};
        if (!verdict.reason.empty())
            refusal.error = {ErrorKind::Unsupported, about + ": " + verdict.reason, error};
        if (verdict.slot) refusal.source = source_of(*verdict.slot);
        return refusal;
    }

    [[nodiscard]] std::optional<uint32_t> source_of(size_t slot) const {
        std::optional<uint32_t> source;
        for (const SourceSlot& from : generated_.sources)
            if (from.slot <= slot) source = from.source;
        return source;
    }

    const GeneratedProgram& generated_;
    const ProgramRequest& request_;
    bpf_prog_load_opts options_{};
    std::optional<ProgramTypes> types_;
    std::vector<::bpf_insn> insns_;
};

}  // namespace

Result<UniqueFd> create_map(const ir::Map& map) {
    constexpr uint32_t kStackDepth = 127;  // of kernel.perf_event_max_stack
    bpf_map_create_opts options{};
    options.sz = sizeof(options);
    ir::Map as = map;
    if (map.kind == ir::Map::Kind::RingBuffer) as.key_bytes = as.value_bytes = 0;
    if (map.kind == ir::Map::Kind::StackTrace) {
        as.key_bytes = 4;
        if (as.value_bytes == 0) as.value_bytes = kStackDepth * 8;
    }
    if (map.kind == ir::Map::Kind::PerfEventArray) {
        as.key_bytes = as.value_bytes = 4;
        if (as.max_entries == 0) as.max_entries = libbpf_num_possible_cpus();
    }
    UniqueFd fd(bpf_map_create(type_of(map.kind), kernel_name(map.name).c_str(), as.key_bytes,
                               as.value_bytes, as.max_entries, &options));
    if (!fd.valid()) return fail_errno(errno, fmt::format("making the map '{}'", map.name));
    return fd;
}

tl::expected<LoadedProgram, ProgramRefusal> load_program(const GeneratedProgram& generated,
                                                         const ProgramRequest& request) {
    return Loader(generated, request).run();
}

}  // namespace knowhy::bpf
