// What a driver says about its device, through ethtool's ioctl. The calling thread's namespace.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::host {

struct DriverInfo {
    std::string name;  // "virtio_net", "veth"
    std::string bus;   // "virtio0", "0000:00:03.0"; "" where the device is on none
};

// What a driver says of its link; what it does not know is absent, or "".
struct ReportedLink {
    std::optional<uint32_t> speed;  // Mb/s
    std::string duplex;             // "full", "half"
    std::optional<bool> autoneg;    // only of devices with a port that could negotiate
    // The fastest link mode that the device can, that it advertises, that its link partner does.
    std::optional<uint32_t> supported_speed;
    std::optional<uint32_t> advertised_speed;
    std::optional<uint32_t> partner_speed;
};

struct RingSizes {  // descriptors: now, and the most there could be
    uint32_t rx = 0;
    uint32_t rx_max = 0;
    uint32_t tx = 0;
    uint32_t tx_max = 0;
};

struct ChannelCounts {  // queues with an interrupt
    uint32_t rx = 0;
    uint32_t tx = 0;
    uint32_t combined = 0;
    uint32_t combined_max = 0;
};

struct InterruptDelays {  // before an interrupt is raised
    uint32_t rx_usecs = 0;
    uint32_t rx_frames = 0;
    uint32_t tx_usecs = 0;
    uint32_t tx_frames = 0;
    bool adaptive_rx = false;
    bool adaptive_tx = false;
};

struct DeviceFeature {
    std::string name;
    bool active = false;
    bool requested = false;
    bool fixed = false;  // cannot be changed
};

class Ethtool {
  public:
    static Result<Ethtool> open();

    // Errors are the driver's own: EOPNOTSUPP when it does not implement what is asked.
    Result<DriverInfo> driver(const std::string& device) const;
    Result<ReportedLink> link(const std::string& device);
    Result<RingSizes> rings(const std::string& device) const;
    Result<ChannelCounts> channels(const std::string& device) const;
    Result<InterruptDelays> coalescing(const std::string& device) const;
    // Names as `ethtool -k` lists them; those without a name are left out.
    Result<std::vector<DeviceFeature>> features(const std::string& device);
    // `ethtool -S`: names as the driver has them, in its order. Empty when it keeps none.
    Result<std::vector<std::pair<std::string, uint64_t>>> statistics(
        const std::string& device) const;

  private:
    explicit Ethtool(UniqueFd socket) : socket_(std::move(socket)) {}
    Status call(const std::string& device, void* command) const;
    // How many strings a set (ETH_SS_*) has, and the strings.
    Result<uint32_t> string_count(const std::string& device, uint32_t set) const;
    Result<std::vector<std::string>> strings(const std::string& device, uint32_t set) const;

    // The same of a set that is one for all devices: asked for once.
    Result<std::vector<std::string>> common_strings(const std::string& device, uint32_t set);

    UniqueFd socket_;
    std::map<uint32_t, std::vector<std::string>> common_;
};

}  // namespace knowhy::host
