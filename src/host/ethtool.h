// What a driver says about its device, through ethtool's ioctl. The calling thread's namespace.
#pragma once

#include <cstdint>
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
};

struct RingSizes {  // descriptors: now, and the most there could be
    uint32_t rx = 0;
    uint32_t rx_max = 0;
    uint32_t tx = 0;
    uint32_t tx_max = 0;
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
    Result<ReportedLink> link(const std::string& device) const;
    Result<RingSizes> rings(const std::string& device) const;
    // Names as `ethtool -k` lists them; those without a name are left out.
    Result<std::vector<DeviceFeature>> features(const std::string& device) const;
    // `ethtool -S`: names as the driver has them, in its order. Empty when it keeps none.
    Result<std::vector<std::pair<std::string, uint64_t>>> statistics(
        const std::string& device) const;

  private:
    explicit Ethtool(UniqueFd socket) : socket_(std::move(socket)) {}
    Status call(const std::string& device, void* command) const;
    // How many strings a set (ETH_SS_*) has, and the strings.
    Result<uint32_t> string_count(const std::string& device, uint32_t set) const;
    Result<std::vector<std::string>> strings(const std::string& device, uint32_t set) const;

    UniqueFd socket_;
};

}  // namespace knowhy::host
