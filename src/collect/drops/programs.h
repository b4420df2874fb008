// The drops programs in the kernel: loaded, attached rung by rung, and their maps read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "bpf/load/ladder.h"
#include "bpf/load/object.h"
#include "collect/drops/point_table.h"
#include "collect/drops/wire.h"
#include "model/observation.h"
#include "symbols/btf/btf.h"

namespace knowhy::collect {

struct ProgramOptions {
    std::string filter;  // pcap-filter(7); "" for none
    model::Scope scope;
    bool every_packet = false;
    bool stacks = true;
    bool points = true;
    kw_knobs knobs{};
};

struct Count {
    uint64_t count = 0;
    uint64_t first_ns = 0;
    uint64_t last_ns = 0;
};

class Programs {
  public:
    // Loads and attaches everything, the points first and the source last: when a loss is counted,
    // every point that could be had has seen its packet.
    static Result<std::unique_ptr<Programs>> arm(const ProgramOptions& options,
                                                 symbols::KernelBtf btf);

    // Arms points of modules that were absent and have been loaded since. True when one was.
    bool arm_loaded_modules();
    // Arms the points that wait for a packet to be lost in this function, or by it.
    void arm_for(const std::string& function);

    [[nodiscard]] unsigned probes() const;
    [[nodiscard]] const std::string& source() const { return source_; }
    [[nodiscard]] std::vector<model::PointStatus> points() const;
    [[nodiscard]] std::optional<uint64_t> missed() const;  // hits of the source
    [[nodiscard]] bool filtering() const { return filtering_; }
    // What the filter cannot see, for the user; "" for nothing.
    [[nodiscard]] const std::string& filter_note() const { return filter_note_; }

    [[nodiscard]] int ring_fd() const;
    [[nodiscard]] std::map<model::DropKey, Count> counts() const;
    [[nodiscard]] kw_totals totals() const;  // over all CPUs; budget_ns means nothing here
    void set_knobs(const kw_knobs& knobs);

  private:
    // A point: what could be tried, what was, and what holds.
    struct Point {
        const PointInfo* info = nullptr;
        std::vector<bpf::Rung> untried;
        std::optional<bpf::Rung> rung;  // the one that attached
        bpf_object* object = nullptr;   // where its programs are
        std::vector<bpf::Link> links;
        uint64_t since_ns = 0;
        std::string why;  // why it is off, or not on a better rung
        bool module_absent = false;
        bool held = false;  // loaded, and attached once its turn comes (points.h: spared)
    };

    Programs(const ProgramOptions& options, std::vector<std::byte> bytes)
        : options_(options), bytes_(std::move(bytes)), filtering_(!options.filter.empty()) {}

    Status load_source();
    Status attach_source();
    void choose(const symbols::KernelBtf& btf);
    void choose_for(Point& point, const symbols::KernelBtf& btf, const bpf::Abilities& abilities);
    void arm_points();
    void take_refusals(const bpf::Loaded& loaded);
    void attach_point(Point& point);
    [[nodiscard]] bpf_object* object_with(const std::string& program) const;
    [[nodiscard]] std::vector<std::string> programs_to_load() const;
    Status prepare(bpf_object& object) const;
    [[nodiscard]] int map_fd(const char* name) const;
    [[nodiscard]] std::optional<uint64_t> missed_by(const Point& point) const;

    ProgramOptions options_;
    std::vector<std::byte> bytes_;  // the object file, patched
    bool filtering_;
    std::string filter_note_;
    std::string source_;
    bool watching_ = false;  // this kernel lets points be armed
    UniqueFd types_;         // for the source, where it is all that is loaded
    bool has_reason_ = false;
    bool has_rx_sk_ = false;
    // Attached objects share the first one's maps. Links go before their objects.
    std::vector<bpf::Object> objects_;
    bpf::Link source_link_;
    std::vector<Point> points_;
    std::set<std::string> reasons_;  // enumerators of the kernel's drop reasons
};

}  // namespace knowhy::collect
