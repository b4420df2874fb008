#include "render/text/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::render {

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

std::string span_words(const ClockPair& clock, uint64_t first_ns, uint64_t last_ns) {
    const std::string first = time_of_day(clock.to_realtime(first_ns));
    const std::string last = time_of_day(clock.to_realtime(last_ns));
    return first == last ? first : fmt::format("{} to {}", first, last);
}

}  // namespace knowhy::render
