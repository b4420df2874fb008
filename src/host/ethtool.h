// What a driver says about its device, through ethtool's ioctl. The calling thread's namespace.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::host {

class Ethtool {
  public:
    static Result<Ethtool> open();

    // "virtio_net", "veth"; error (EOPNOTSUPP) when the driver does not say.
    Result<std::string> driver(const std::string& device) const;
    // `ethtool -S`: names as the driver has them, in its order. Empty when it keeps none.
    Result<std::vector<std::pair<std::string, uint64_t>>> statistics(
        const std::string& device) const;

  private:
    explicit Ethtool(UniqueFd socket) : socket_(std::move(socket)) {}
    Status call(const std::string& device, void* command) const;
    Result<uint32_t> statistics_count(const std::string& device) const;

    UniqueFd socket_;
};

}  // namespace knowhy::host
