#include <fmt/format.h>

#include "base/named.h"
#include "base/result.h"
#include "explain/compare/facts.h"
#include "explain/context.h"

namespace knowhy::explain {
namespace {

using model::Link;

// Virtual I/O Device (VIRTIO) 1.2, 5.1.3 and 6. The kernel's own header does not compile as C++.
constexpr Named<unsigned> kVirtioBits[] = {
    {0, "CSUM"},       {1, "GUEST_CSUM"},      {3, "MTU"},        {5, "MAC"},
    {7, "GUEST_TSO4"}, {8, "GUEST_TSO6"},      {11, "HOST_TSO4"}, {12, "HOST_TSO6"},
    {15, "MRG_RXBUF"}, {16, "STATUS"},         {17, "CTRL_VQ"},   {18, "CTRL_RX"},
    {19, "CTRL_VLAN"}, {21, "GUEST_ANNOUNCE"}, {22, "MQ"},        {23, "CTRL_MAC_ADDR"},
    {32, "VERSION_1"},
};

class HardwareFacts {
  public:
    HardwareFacts(const Link& link, std::vector<StateFact>& facts) : link_(link), facts_(facts) {}

    StateFact& add(Nature nature, std::string kind, std::string name, std::string value) {
        facts_.push_back({nature, std::move(kind), link_.name, std::move(name), std::move(value),
                          "", "", link_thing(link_.name)});
        return facts_.back();
    }
    [[nodiscard]] std::string command(std::string_view option, std::string_view rest) const {
        return fmt::format("ethtool {} {} {}", option, shell_word(link_.name), rest);
    }

  private:
    const Link& link_;
    std::vector<StateFact>& facts_;
};

// Of a feature that can be changed, what was asked for; that something else keeps it from being so
// is a condition.
void add_features(const Link& link, HardwareFacts& facts) {
    for (const model::LinkFeature& feature : link.features) {
        const bool wish = feature.fixed ? feature.active : feature.requested;
        const char* words = wish ? "on" : "off";
        StateFact& fact = facts.add(Nature::Setting, "feature", feature.name, words);
        if (feature.fixed)
            fact.value += " [fixed]";
        else
            fact.set = facts.command("-K", fmt::format("{} {}", feature.name, words));
        if (!feature.fixed && feature.active != feature.requested)
            facts.add(Nature::Condition, "feature in effect", feature.name,
                      feature.active ? "on" : "off");
    }
}

void add_settings(const model::LinkSettings& settings, HardwareFacts& facts) {
    facts.add(Nature::Condition, "ethtool", "link settings",
              settings.error == 0 ? "told"
                                  : fmt::format("refused by the driver (-{})",
                                                errno_name(static_cast<int>(settings.error))));
    if (settings.error != 0) return;
    facts.add(Nature::Condition, "ethtool", "speed",
              settings.speed ? fmt::format("{} Mb/s", *settings.speed) : "unknown");
    facts.add(Nature::Condition, "ethtool", "duplex",
              settings.duplex.empty() ? "unknown" : settings.duplex);
    if (!settings.autoneg) return;
    const char* words = *settings.autoneg ? "on" : "off";
    facts.add(Nature::Setting, "ethtool", "autoneg", words).set =
        facts.command("-s", fmt::format("autoneg {}", words));
}

}  // namespace

void add_hardware_facts(const Link& link, std::vector<StateFact>& facts) {
    HardwareFacts of(link, facts);
    add_features(link, of);
    if (link.settings) add_settings(*link.settings, of);
    const auto ring = [&](const char* which, uint32_t size) {
        of.add(Nature::Other, "ring", which, fmt::format("{}", size)).set =
            of.command("-G", fmt::format("{} {}", which, size));
    };
    if (link.rings) {
        ring("rx", link.rings->rx);
        ring("tx", link.rings->tx);
    }
    if (!link.virtio_features) return;
    for (const Named<unsigned>& bit : kVirtioBits)
        of.add(Nature::Setting, "virtio feature", std::string(bit.name),
               (*link.virtio_features >> bit.number & 1U) != 0 ? "offered" : "not offered");
}

}  // namespace knowhy::explain
