#include "collect/show/bond_ports.h"

#include <gtest/gtest.h>

#include "collect/show/fake_view.h"

namespace knowhy::collect {
namespace {

using symbols::TypeId;

constexpr uint64_t kNet = 0xffff888000100000;
constexpr uint64_t kBond = 0xffff888000200000;
constexpr uint64_t kSlaveDevice = 0xffff888000300000;
constexpr uint64_t kOps = 0xffff888000400000;
constexpr uint64_t kKind = 0xffff888000500000;
constexpr uint64_t kAdjacent = 0xffff888000600000;
constexpr uint64_t kSlave = 0xffff888000700000;
constexpr uint64_t kInfo = 0xffff888000800000;
constexpr uint64_t kPriv = 128;  // of the bond's device
constexpr uint64_t kPort = kInfo + 32;
const model::MacAddress kMac{{2, 0, 0, 0, 0, 0xb0}};

// bond0 with the slave d0, as mode 802.3ad has it, in a kernel with no more members than are read.
class LivePorts : public testing::Test {
  protected:
    LivePorts() {
        lay_out_types();
        view_.net = kNet;
        for (const uint64_t each :
             {kNet, kBond, kSlaveDevice, kOps, kKind, kAdjacent, kSlave, kInfo})
            view_.put(each, std::vector<uint8_t>(256));
        put(kNet, kBond + 16);  // the list of devices: bond0, d0
        put(kBond + 16, kSlaveDevice + 16);
        put(kSlaveDevice + 16, kNet);
        put(kBond + 32, uint32_t{3});
        put(kSlaveDevice + 32, uint32_t{4});
        put(kBond + 40, kOps);
        put(kOps, kKind);
        put(kKind, std::array<char, 5>{'b', 'o', 'n', 'd', 0});
        put(kBond + 48, kAdjacent);  // the list of lower devices
        put(kAdjacent, kBond + 48);
        put(kAdjacent + 16, kSlaveDevice);
        put(kAdjacent + 24, kSlave);
        put(kBond + kPriv, kBond);
        put(kSlave, kSlaveDevice);
        put(kSlave + 8, kBond + kPriv);
        put(kSlave + 16, kInfo);
        put(kSlave + 24, uint32_t{0xffffffff});
        put(kSlave + 28, uint8_t{0xff});
        put(kPort, kSlave);
        put(kPort + 8, kInfo);
        put(kPort + 16, kMac.bytes);
        put(kPort + 22, uint16_t{0x140});
        put(kPort + 24, uint16_t{6});
        put(kInfo, kMac.bytes);
        put(kInfo + 6, uint16_t{6});
        put(kInfo + 8, uint16_t{1});
        state_.inum = 7;
        state_.links.resize(2);
        model::Link& bond = state_.links[0];
        bond.ifindex = 3;
        bond.name = "bond0";
        bond.bond_mode = "802.3ad";
        bond.mac = kMac;
        model::Link& slave = state_.links[1];
        slave.ifindex = 4;
        slave.name = "d0";
        slave.master = 3;
        slave.bond_port.emplace();
    }

    template <typename Value>
    void put(uint64_t at, const Value& value) {
        view_.poke(at, value);
    }

    std::optional<model::LivePort> live() {
        add_live_ports(view_, state_);
        return state_.links[1].bond_port->live;
    }

    FakeView view_;
    model::NetnsState state_;

  private:
    using Kind = symbols::Type::Kind;

    TypeId structure(const std::string& name, uint64_t bytes,
                     const std::vector<std::tuple<std::string, TypeId, uint64_t>>& members) {
        const TypeId id = view_.add(Kind::Struct, name, bytes);
        for (const auto& [member, type, offset] : members)
            view_.types.edit(id).members.push_back({member, type, offset * 8, 0});
        view_.named["struct " + name] = id;
        return id;
    }

    void lay_out_types() {
        const TypeId byte = view_.add(Kind::Integer, "unsigned char", 1);
        const TypeId letter = view_.add(Kind::Integer, "char", 1);
        const TypeId half = view_.add(Kind::Integer, "unsigned short", 2);
        const TypeId word = view_.add(Kind::Integer, "unsigned int", 4);
        const TypeId any = view_.pointer(symbols::kVoid);
        const TypeId mac = view_.array(byte, 6);
        const TypeId list = structure("list_head", 16, {{"next", any, 0}, {"prev", any, 8}});
        structure("net", 16, {{"dev_base_head", list, 0}});
        const TypeId ops = structure("rtnl_link_ops", 8, {{"kind", view_.pointer(letter), 0}});
        const TypeId lists = structure("adjacent_lists", 16, {{"lower", list, 0}});
        const TypeId device = structure("net_device", 136,
                                        {{"name", view_.array(letter, 16), 0},
                                         {"dev_list", list, 16},
                                         {"ifindex", word, 32},
                                         {"rtnl_link_ops", view_.pointer(ops), 40},
                                         {"adj_list", lists, 48},
                                         {"priv", view_.array(byte, 8), kPriv}});
        const TypeId to_device = view_.pointer(device);
        structure("netdev_adjacent", 32,
                  {{"list", list, 0}, {"dev", to_device, 16}, {"private", any, 24}});
        const TypeId params = structure("bond_params", 8, {{"ad_actor_system", mac, 0}});
        structure("bonding", 16, {{"dev", to_device, 0}, {"params", params, 8}});
        const TypeId aggregator = structure("aggregator", 16,
                                            {{"aggregator_mac_address", mac, 0},
                                             {"actor_oper_aggregator_key", half, 6},
                                             {"is_active", half, 8}});
        const TypeId port = structure("port", 40,
                                      {{"slave", any, 0},
                                       {"aggregator", view_.pointer(aggregator), 8},
                                       {"actor_system", mac, 16},
                                       {"sm_vars", half, 22},
                                       {"actor_oper_port_key", half, 24},
                                       {"actor_oper_port_state", byte, 26},
                                       {"is_enabled", byte, 27},
                                       {"ntt", byte, 28},
                                       {"sm_tx_timer_counter", half, 30},
                                       {"actor_port_aggregator_identifier", half, 32}});
        const TypeId info =
            structure("ad_slave_info", 72, {{"aggregator", aggregator, 0}, {"port", port, 32}});
        structure("slave", 32,
                  {{"dev", to_device, 0},
                   {"bond", any, 8},
                   {"ad_info", view_.pointer(info), 16},
                   {"speed", word, 24},
                   {"duplex", byte, 28}});
    }
};

TEST_F(LivePorts, AreRead) {
    const auto port = live();
    ASSERT_TRUE(port);
    EXPECT_EQ(port->address, kPort);
    EXPECT_EQ(port->proof, "actor_system is the MAC address of bond0");
    EXPECT_EQ(port->sm_vars, 0x140);
    EXPECT_EQ(port->sm_names, "MATCHED | SELECTED");
    EXPECT_FALSE(port->lacp_enabled);
    EXPECT_EQ(port->actor_oper_port_key, 6);
    EXPECT_EQ(port->aggregator, kInfo);
    EXPECT_EQ(port->aggregator_mac, kMac);
    EXPECT_EQ(port->aggregator_key, 6);
    EXPECT_TRUE(port->aggregator_active);
    EXPECT_EQ(port->speed, std::nullopt);
    EXPECT_EQ(port->duplex, "");
}

TEST_F(LivePorts, SpeedAndLacp) {
    put(kSlave + 24, uint32_t{10000});
    put(kSlave + 28, uint8_t{1});
    put(kPort + 22, uint16_t{0x142});
    const auto port = live();
    ASSERT_TRUE(port);
    EXPECT_EQ(port->speed, 10000U);
    EXPECT_EQ(port->duplex, "full");
    EXPECT_TRUE(port->lacp_enabled);
}

// Each of these would be somebody else's memory.
TEST_F(LivePorts, UnprovenIsAbsent) {
    put(kPort + 16, uint8_t{4});
    EXPECT_FALSE(live());
    // The address that the bond was told to go by.
    put(kBond + kPriv + 8, std::array<uint8_t, 6>{4, 0, 0, 0, 0, 0xb0});
    EXPECT_EQ(live()->proof, "actor_system is ad_actor_system of bond0");
}

TEST_F(LivePorts, APortOfAnotherSlaveIsAbsent) {
    put(kPort, kBond);
    EXPECT_FALSE(live());
}

TEST_F(LivePorts, ASlaveOfAnotherBondIsAbsent) {
    put(kSlave + 8, kSlaveDevice);
    EXPECT_FALSE(live());
}

TEST_F(LivePorts, AnotherDriversDeviceIsNoBond) {
    put(kKind, std::array<char, 5>{'t', 'e', 'a', 'm', 0});
    EXPECT_FALSE(live());
}

TEST_F(LivePorts, UnreadableMemoryIsNoFault) {
    view_.memory_at.erase(kInfo);
    EXPECT_FALSE(live());
    view_.memory_at.clear();
    EXPECT_FALSE(live());
}

}  // namespace
}  // namespace knowhy::collect
