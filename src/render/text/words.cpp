#include "render/text/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::render {
namespace {

// About the host's state, not about packets.
bool is_of_state(const model::Finding& finding) {
    const bool lost = finding.verdict == model::Verdict::Lost;
    return !lost && !finding.where && !finding.sample && finding.first_ns == 0;
}

void add_part(std::string& line, const std::string& part) {
    if (part.empty()) return;
    if (!line.empty()) line += "  ";
    line += part;
}

std::string fact_words(const model::Evidence& evidence) {
    const std::string name = escaped(evidence.name);
    std::string value = escaped(evidence.value);
    if (!evidence.unit.empty()) value += " " + escaped(evidence.unit);
    switch (evidence.kind) {
        case model::Evidence::Kind::Return:
            return fmt::format("{} returned {}", name, value);
        case model::Evidence::Kind::Reason:
            return fmt::format("the kernel's own reason: {}", value);
        case model::Evidence::Kind::Address:
            return fmt::format("address {}", value);
        case model::Evidence::Kind::Sysctl:
            return fmt::format("{} = {}", name, value);
        case model::Evidence::Kind::Counter:
            return fmt::format("{} {}", name, value);
        default:
            return fmt::format("{}: {}", name, value);
    }
}

}  // namespace

std::string_view verdict_word(const model::Finding& finding) {
    switch (finding.verdict) {
        case model::Verdict::Lost:
            return "LOST";
        case model::Verdict::Harmless:
            return is_of_state(finding) ? "NORMAL" : "HARMLESS";
        case model::Verdict::NotApplicable:
            return "FAULT";
        default:
            return "DROPPED";
    }
}

std::string headline_words(const model::Finding& finding, const ClockPair& clock) {
    std::string line;
    if (is_of_state(finding)) {
        add_part(line, finding.device.empty() ? "the whole namespace"
                                              : device_words(finding.device, finding.ifindex));
        add_part(line, netns_words(finding.netns, finding.netns_name));
        add_part(line, fmt::format("[{}]", escaped(finding.cause)));
        return line;
    }
    if (finding.sample) add_part(line, packet_words(*finding.sample));
    add_part(line, finding.ifindex == 0 && finding.device.empty()
                       ? "no device"
                       : "in " + device_words(finding.device, finding.ifindex));
    add_part(line, netns_words(finding.netns, finding.netns_name));
    add_part(line, fmt::format("x{}", finding.count));
    if (finding.first_ns != 0) {
        add_part(line, span_words(clock, finding.first_ns, finding.last_ns));
    }
    return line;
}

std::string certainty_words(const model::Finding& finding) {
    std::string words(finding.certainty == model::Certainty::Unknown
                          ? "the cause is unknown"
                          : model::name_of(finding.certainty));
    if (finding.samples_agreeing < finding.samples_seen) {
        words += fmt::format(", {} of {} sampled", finding.samples_agreeing, finding.samples_seen);
    }
    const bool reason_is_evidence =
        std::any_of(finding.evidence.begin(), finding.evidence.end(),
                    [](const auto& item) { return item.kind == model::Evidence::Kind::Reason; });
    if (finding.where && !reason_is_evidence) words += "; " + reason_words(finding.reason);
    return words;
}

std::string device_words(const std::string& name, uint32_t ifindex) {
    if (name.empty()) return ifindex == 0 ? "no device" : fmt::format("ifindex {}", ifindex);
    return ifindex == 0 ? escaped(name) : fmt::format("{}({})", escaped(name), ifindex);
}

std::string netns_words(uint32_t inum, const std::string& name) {
    if (!name.empty()) return "netns " + escaped(name);
    return inum == 0 ? "" : fmt::format("netns {}", inum);
}

std::string line_words(const std::string& file, uint32_t line) {
    if (file.empty()) return "?";
    return line == 0 ? escaped(file) : fmt::format("{}:{}", escaped(file), line);
}

std::string place_words(const model::Place& place) {
    std::string words = escaped(place.text());
    if (!place.file.empty()) words += "  " + line_words(place.file, place.line);
    return words;
}

std::vector<std::string> inline_words(const std::vector<model::InlineLevel>& chain) {
    std::vector<std::string> steps;
    for (size_t i = 1; i < chain.size(); ++i) {
        steps.push_back(fmt::format("{} into {} at {}", escaped(chain[i - 1].function),
                                    escaped(chain[i].function),
                                    line_words(chain[i].file, chain[i].line)));
    }
    return steps;
}

std::string caller_words(const std::vector<model::Place>& stack, size_t most) {
    std::string words;
    for (size_t i = 1; i < stack.size() && i <= most; ++i) {
        const model::Place& frame = stack[i];
        words += i == 1 ? "<- " : " <- ";
        words += frame.function.empty() ? frame.text() : escaped(frame.function);
    }
    return words;
}

std::string reason_words(const model::DropReason& reason) {
    if (reason.name.empty()) return "this kernel gives no reasons";
    const std::string name =
        escaped(reason.subsystem.empty() ? reason.name : reason.subsystem + ":" + reason.name);
    return fmt::format("the kernel's own reason is {}{}", name,
                       reason.says_nothing() ? ", which says nothing" : "");
}

std::string evidence_words(const model::Evidence& evidence) {
    const std::string words = fact_words(evidence);
    if (evidence.read == model::Evidence::Read::Event) return words;
    return fmt::format("{}  ({})", words, model::name_of(evidence.read));
}

std::string setting_words(const model::SetBy& setting) {
    const std::string kind = escaped(setting.kind);
    const std::string name = escaped(setting.name);
    const std::string value = escaped(setting.value);
    if (value.empty()) return fmt::format("{} {}", kind, name);
    // "10.9.0.1/24 on v0" says the address already.
    if (setting.kind == "address") return fmt::format("{} {}", kind, value);
    return fmt::format("{} {} = {}", kind, name, value);
}

std::string packet_words(const model::DropSample& sample) {
    if (!sample.packet.bytes.empty()) return escaped(sample.decoded.summary());
    return sample.length == 0 ? "a packet without headers"
                              : counted(sample.length, "byte") + " without headers";
}

std::string lane_words(const model::Lane& lane) {
    if (lane.pid == 0) return fmt::format("idle, CPU {}", lane.cpu);
    return fmt::format("{} {}", escaped(lane.comm), lane.pid);
}

std::string span_words(const ClockPair& clock, uint64_t first_ns, uint64_t last_ns) {
    const std::string first = clock.time_of_day(first_ns);
    const std::string last = clock.time_of_day(last_ns);
    return first == last ? first : fmt::format("{} to {}", first, last);
}

}  // namespace knowhy::render
