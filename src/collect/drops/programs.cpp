#include "collect/drops/programs.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "bpf/codegen/codegen.h"
#include "bpf/load/core_types.h"
#include "bpf/load/features.h"
#include "bpf/load/stub.h"
#include "collect/drops/points.h"
#include "collect/drops/sample.h"
#include "drops.skel.h"
#include "host/files.h"
#include "pcap/filter.h"

namespace knowhy::collect {
namespace {

// Samples are up to 2 kB. The buffer is mapped twice, so each of its bytes counts double in memory.
constexpr uint32_t kRing = 2U << 20;
constexpr uint32_t kRingForEveryPacket = 16U << 20;

constexpr const char* kPreemptCount = "__preempt_count";

std::vector<std::byte> object_bytes() {
    size_t size = 0;
    const auto* bytes = static_cast<const std::byte*>(drops_bpf__elf_bytes(&size));
    return {bytes, bytes + size};
}

Status splice(std::vector<std::byte>& bytes, const char* stub, const ir::Function& filter) {
    KW_TRY(const auto program, bpf::generate_filter(filter));
    KW_TRY(bytes, bpf::patch_stub(bytes, stub, program));
    return {};
}

// Gives back what the user should know of the filter; "" for nothing.
Result<std::string> splice_filter(std::vector<std::byte>& bytes, const std::string& expression) {
    KW_TRY(const auto filter, pcap::compile_both(expression));
    KW_CHECK_OK(splice(bytes, "kw_filter_ethernet", filter.ethernet));
    KW_CHECK_OK(splice(bytes, "kw_filter_ip", filter.raw_ip));
    if (filter.needs_mac.empty()) return "";
    return fmt::format("a packet that was lost before it had a MAC header cannot match: {}",
                       filter.needs_mac);
}

bool module_loaded(const std::string& module) {
    return module.empty() || host::file_exists("/sys/module/" + module);
}

bpf::FunctionFacts facts_of(const PointInfo& point, const symbols::KernelBtf& btf) {
    bpf::FunctionFacts facts;
    facts.name = point.function;
    facts.module = point.module;
    facts.module_loaded = module_loaded(point.module);
    facts.in_btf = btf.has_function(point.function, "vmlinux") ||
                   (!point.module.empty() && facts.module_loaded &&
                    btf.has_function(point.function, point.module));
    if (facts.in_btf) facts.parameters = btf.parameter_count(point.function);
    return facts;
}

void add_reason(std::string& why, const std::string& more) {
    if (!why.empty() && !more.empty()) why += "; ";
    why += more;
}

// libbpf 1.1 reports a lack of privilege as a lack of everything else.
Error explained(Error error) {
    if (error.kind == ErrorKind::Privilege)
        error.message += ": this needs root, or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN";
    return error;
}

bpf_map* shared_map(bpf_object& object, const bpf_map* like) {
    if (bpf_map__is_internal(like)) return nullptr;
    return bpf_object__find_map_by_name(&object, bpf_map__name(like));
}

}  // namespace

Result<std::unique_ptr<Programs>> Programs::arm(const ProgramOptions& options,
                                                symbols::KernelBtf btf) {
    auto bytes = object_bytes();
    if (!bpf::kernel_variable_readable(btf, kPreemptCount))
        bpf::hide_kernel_variable(bytes, kPreemptCount);
    std::string filter_note;
    if (!options.filter.empty()) {
        KW_TRY(filter_note, splice_filter(bytes, options.filter));
    }

    std::unique_ptr<Programs> programs(new Programs(options, std::move(bytes)));
    programs->filter_note_ = std::move(filter_note);
    if (options.points) programs->choose(btf);
    if (!programs->watching_) {
        if (auto types = bpf::core_types(programs->bytes_, btf))
            programs->types_ = std::move(*types);
    }
    // skb and location are there since ever; then came the reason, then the receiving socket.
    const unsigned arguments = btf.tracepoint_argument_count("kfree_skb").value_or(2);
    programs->has_reason_ = arguments >= 3;
    programs->has_rx_sk_ = arguments >= 4;
    // libbpf reads the kernel's BTF for itself: not both at once.
    { const symbols::KernelBtf done = std::move(btf); }
    KW_CHECK_OK(programs->load_source());
    log::debug("programs loaded");
    programs->set_knobs(options.knobs);
    programs->arm_points();
    KW_CHECK_OK(programs->attach_source());
    return programs;
}

void Programs::choose(const symbols::KernelBtf& btf) {
    const bpf::Abilities abilities = bpf::probe_abilities(btf);
    watching_ = abilities.tracing.empty() || abilities.kprobe.empty();
    for (const auto& [name, value] : btf.enumerators("skb_drop_reason")) reasons_.insert(name);
    for (const PointInfo& info : point_table()) {
        auto known = std::find_if(points_.begin(), points_.end(),
                                  [&](const Point& point) { return point.info == &info; });
        if (known == points_.end()) known = points_.insert(points_.end(), Point{});
        if (known->rung || (known->info && !known->module_absent)) continue;
        known->info = &info;
        choose_for(*known, btf, abilities);
    }
}

void Programs::choose_for(Point& point, const symbols::KernelBtf& btf,
                          const bpf::Abilities& abilities) {
    const PointInfo& info = *point.info;
    const bpf::FunctionFacts facts = facts_of(info, btf);
    bpf::Choice choice = bpf::choose_rungs(info.ladder(), facts, abilities);
    point.module_absent = !facts.in_btf && !facts.module_loaded;
    point.why = std::move(choice.why);
    const bool superfluous = reasons_.count("SKB_DROP_REASON_" + info.spared) != 0;
    if (superfluous)
        point.why = fmt::format("not needed: the kernel gives the reason {}", info.spared);
    if (superfluous || choice.rungs.empty()) return;
    point.untried = std::move(choice.rungs);
    point.held = info.spared.rfind('@', 0) == 0;
}

void Programs::arm_for(const std::string& function) {
    bool any = false;
    for (Point& point : points_) {
        const bool its_turn = point.held && point.info->spared == "@" + function;
        if (its_turn) point.held = false;
        any |= its_turn;
    }
    if (any) arm_points();
}

Status Programs::prepare(bpf_object& object) const {
    drops_bpf::drops_bpf__rodata constants{};
    constants.kw_has_reason = has_reason_;
    constants.kw_has_rx_sk = has_rx_sk_;
    constants.kw_has_filter = filtering_;
    constants.kw_every_packet = options_.every_packet;
    constants.kw_take_stacks = options_.stacks;
    constants.kw_watching = watching_;
    constants.kw_only_netns = options_.scope.netns;
    constants.kw_only_ifindex = options_.scope.ifindex;
    bpf_map* section = bpf_object__find_map_by_name(&object, ".rodata");
    if (!section || bpf_map__set_initial_value(section, &constants, sizeof(constants)) != 0)
        return fail(ErrorKind::Internal, "the BPF object's constants are not as compiled");
    if (objects_.empty()) {
        bpf_map* ring = bpf_object__find_map_by_name(&object, "kw_ring");
        const uint32_t size = options_.every_packet ? kRingForEveryPacket : kRing;
        const int error = bpf_map__set_max_entries(ring, size);
        return error == 0 ? Status() : fail_errno(-error, "sizing the ring buffer");
    }

    const bpf_map* map = nullptr;
    bpf_object__for_each_map(map, objects_.front().get()) {
        bpf_map* same = shared_map(object, map);
        if (!same) continue;
        if (const int error = bpf_map__reuse_fd(same, bpf_map__fd(map)); error != 0)
            return fail_errno(-error, fmt::format("sharing BPF map {}", bpf_map__name(map)));
    }
    return {};
}

bpf_object* Programs::object_with(const std::string& program) const {
    for (const bpf::Object& object : objects_) {
        const bpf_program* found = bpf_object__find_program_by_name(object.get(), program.c_str());
        if (found && bpf_program__fd(found) >= 0) return object.get();
    }
    return nullptr;
}

// Of every point its next rung, as far as that is not loaded yet. What is held is loaded too: when
// its turn comes it must be quick.
std::vector<std::string> Programs::programs_to_load() const {
    std::vector<std::string> names;
    for (const Point& point : points_) {
        if (point.untried.empty()) continue;
        const auto& programs = point.untried.front().programs;
        if (!object_with(programs.front()))
            names.insert(names.end(), programs.begin(), programs.end());
    }
    return names;
}

Status Programs::load_source() {
    Error first;
    std::array<const char*, 2> sources = {"tp_btf", "raw_tp"};
    // By itself it is loaded several times as fast without the kernel's BTF, which tp_btf needs.
    if (types_.valid()) std::swap(sources[0], sources[1]);
    for (const char* source : sources) {
        bpf::LoadRequest request;
        request.bytes = bytes_;
        if (source == std::string_view("raw_tp")) request.types = types_.get();
        request.needed = {fmt::format("kw_free_{}", source)};
        request.programs = programs_to_load();
        request.programs.insert(request.programs.begin(), request.needed.front());
        request.prepare = [this](bpf_object& object) { return prepare(object); };
        auto loaded = bpf::load_object(request);
        if (loaded) {
            source_ = source;
            take_refusals(*loaded);
            objects_.push_back(std::move(loaded->object));
            return {};
        }
        if (first.message.empty()) first = loaded.error();
    }
    return tl::unexpected(explained(first));
}

Status Programs::attach_source() {
    KW_TRY(source_link_, bpf::attach_program(*objects_.front(), "kw_free_" + source_));
    return {};
}

// A rung one of whose programs did not load is out.
void Programs::take_refusals(const bpf::Loaded& loaded) {
    for (const bpf::Refusal& refusal : loaded.refused)
        for (Point& point : points_) {
            if (point.untried.empty()) continue;
            const auto& programs = point.untried.front().programs;
            if (std::find(programs.begin(), programs.end(), refusal.program) == programs.end())
                continue;
            add_reason(point.why, fmt::format("{}: {}", point.untried.front().name, refusal.why));
            point.untried.erase(point.untried.begin());
        }
}

void Programs::attach_point(Point& point) {
    const bpf::Rung rung = point.untried.front();
    bpf_object* object = object_with(rung.programs.front());
    if (!object) return;  // the next round loads it
    point.untried.erase(point.untried.begin());
    std::vector<bpf::Link> links;
    // The return's probe first: an entry without its return would be counted as missed.
    for (auto program = rung.programs.rbegin(); program != rung.programs.rend(); ++program) {
        auto link = bpf::attach_program(*object, *program);
        if (!link) {
            const int error = link.error().os_errno;
            add_reason(point.why, fmt::format("{}: {}", rung.name, errno_name(error)));
            return;
        }
        links.push_back(std::move(*link));
    }
    point.rung = rung;
    point.object = object;
    point.links = std::move(links);
    point.since_ns = source_link_ ? monotonic_now_ns() : 0;
    point.untried.clear();
}

// Attaches what is loaded; what fails is tried on its next rung, from another copy of the object
// that shares the maps. Each round uses up a rung of every point that is not armed, so it ends.
void Programs::arm_points() {
    for (;;) {
        for (Point& point : points_)
            if (!point.untried.empty() && !point.held) attach_point(point);
        bpf::LoadRequest request;
        request.bytes = bytes_;
        request.programs = programs_to_load();
        if (request.programs.empty()) return;
        request.prepare = [this](bpf_object& object) { return prepare(object); };
        auto loaded = bpf::load_object(request);
        if (!loaded) {
            for (Point& point : points_) {
                if (point.untried.empty()) continue;
                add_reason(point.why, loaded.error().message);
                point.untried.clear();
            }
            return;
        }
        take_refusals(*loaded);
        objects_.push_back(std::move(loaded->object));
    }
}

bool Programs::arm_loaded_modules() {
    const bool any = std::any_of(points_.begin(), points_.end(), [](const Point& point) {
        return point.module_absent && module_loaded(point.info->module);
    });
    if (!any) return false;
    const auto btf = symbols::KernelBtf::load_running();
    if (!btf) return false;
    const unsigned before = probes();
    choose(*btf);
    arm_points();
    return probes() > before;
}

unsigned Programs::probes() const {
    unsigned count = source_link_ ? 1 : 0;
    for (const Point& point : points_) count += point.links.size();
    return count;
}

std::optional<uint64_t> Programs::missed_by(const Point& point) const {
    if (!point.rung) return std::nullopt;
    if (point.rung->means == bpf::Rung::Means::Tracing)
        return bpf::recursion_misses(*point.object, point.rung->programs.front());
    if (point.rung->programs.size() < 2) return std::nullopt;
    std::vector<kw_pair> per_cpu(libbpf_num_possible_cpus());
    const uint32_t number = point.info->number;
    if (bpf_map_lookup_elem(map_fd("kw_pairs"), &number, per_cpu.data()) != 0) return std::nullopt;
    kw_pair sum{};
    for (const kw_pair& pair : per_cpu) {
        sum.entries += pair.entries;
        sum.returns += pair.returns;
    }
    return sum.entries > sum.returns ? sum.entries - sum.returns : 0;
}

std::vector<model::PointStatus> Programs::points() const {
    std::vector<model::PointStatus> all;
    for (const Point& point : points_) {
        model::PointStatus status;
        status.point = point.info->name;
        status.kind = point.info->kind;
        if (point.rung) status.rung = point.rung->name;
        if (point.held)
            status.why = fmt::format("not needed before a packet is lost in {}",
                                     point.info->spared.substr(1));
        add_reason(status.why, point.why);
        status.missed = missed_by(point);
        status.since_ns = point.since_ns;
        all.push_back(std::move(status));
    }
    return all;
}

std::optional<uint64_t> Programs::missed() const {
    return bpf::recursion_misses(*objects_.front(), "kw_free_" + source_);
}

int Programs::map_fd(const char* name) const {
    return bpf_object__find_map_fd_by_name(objects_.front().get(), name);
}

int Programs::ring_fd() const {
    return map_fd("kw_ring");
}

}  // namespace knowhy::collect
