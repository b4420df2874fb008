#include "cli/exports.h"

#include <algorithm>
#include <filesystem>

#include "cli/output.h"
#include "cli/packet_finding.h"
#include "explain/diagnose/diagnose.h"
#include "explain/explain.h"
#include "model/seen_drop.h"
#include "render/chrome/trace_events.h"
#include "render/html/report.h"

namespace knowhy::cli {
namespace {

// Which of the findings a packet belongs to. One that it alone would not lead to (its group's
// packets do not agree) is the finding of its place.
size_t index_of(const std::vector<model::Finding>& findings, const model::Finding& own,
                const model::DropGroup& group) {
    const auto same = [&](const model::Finding& finding) { return finding.id == own.id; };
    auto found = std::find_if(findings.begin(), findings.end(), same);
    if (found == findings.end()) {
        found = std::find_if(findings.begin(), findings.end(), [&](const model::Finding& finding) {
            return finding.where && finding.where->address == group.place.address &&
                   finding.netns == group.key.netns;
        });
    }
    return static_cast<size_t>(found - findings.begin());
}

class DropLister {
  public:
    DropLister(const model::Observation& recorded, const std::vector<model::Finding>& findings)
        : run_(recorded), findings_(findings) {}

    void add(const model::DropGroup& group, const model::DropSample& sample) {
        const size_t index = index_of(findings_, finding_of_packet(run_, group, sample), group);
        if (index == findings_.size()) return;
        const std::string packet = sample.packet.bytes.empty() ? "" : sample.decoded.summary();
        drops_.push_back({sample.time_ns, index, sample.cpu, sample.pid, sample.comm, packet});
    }

    std::vector<model::SeenDrop> take() { return std::move(drops_); }

  private:
    model::Observation run_;  // its groups are replaced by each packet's
    const std::vector<model::Finding>& findings_;
    std::vector<model::SeenDrop> drops_;
};

std::vector<model::SeenDrop> seen_drops(const model::Observation& recorded,
                                        const std::vector<model::Finding>& findings,
                                        const std::vector<OtherPacket>& others) {
    DropLister lister(recorded, findings);
    for (const model::DropGroup& group : recorded.groups) {
        const model::DropGroup bare = without_samples(group);
        for (const model::DropSample& sample : group.samples) lister.add(bare, sample);
    }
    for (const OtherPacket& packet : others) lister.add(packet.group, packet.sample);
    return lister.take();
}

}  // namespace

Status write_into(const std::string& path, const std::function<Status(const Sink&)>& write) {
    KW_TRY(Output output, Output::open(path));
    return write([&output](std::string_view part) { return output.write(part); });
}

Status export_html(const std::string& path, const std::string& recording,
                   const model::Observation& recorded, const std::vector<OtherPacket>& others) {
    render::ReportPage page{std::filesystem::path(recording).filename(), recorded, {}, {}, {}, {}};
    page.findings = explain::explain(recorded);
    page.diagnosis = explain::diagnose(recorded);
    page.unexplained = explain::unexplained_counters(recorded, page.findings);
    page.drops = seen_drops(recorded, page.findings, others);
    return write_into(path, [&](const Sink& out) { return render::write_report_page(page, out); });
}

Status export_chrome(const std::string& path, const model::Observation& recorded,
                     const std::vector<OtherPacket>& others) {
    const auto findings = explain::explain(recorded);
    return write_into(path, [&](const Sink& out) {
        return render::write_trace_events(recorded, findings,
                                          seen_drops(recorded, findings, others), out);
    });
}

}  // namespace knowhy::cli
