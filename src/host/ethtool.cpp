#include "host/ethtool.h"

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/text.h"

namespace knowhy::host {
namespace {

// Far above any driver's; it bounds what a broken one can make us allocate.
constexpr uint32_t kMaxStrings = 1U << 16U;

// An ethtool command that ends in an array: room for both, aligned for the kernel's u64s.
template <typename Command>
class WithArray {
  public:
    WithArray(uint32_t number, size_t array_bytes)
        : words_((sizeof(Command) + array_bytes + 7) / 8) {
        get()->cmd = number;
    }
    Command* get() { return static_cast<Command*>(static_cast<void*>(words_.data())); }
    Command* operator->() { return get(); }

  private:
    std::vector<uint64_t> words_;
};

template <size_t Size>
std::string text_of(const char (&field)[Size]) {
    return {field, strnlen(field, Size)};
}

// Of the link modes in a mask, the fastest: "1000baseT/Full" says its speed, "Pause" has none.
std::optional<uint32_t> fastest(std::span<const uint32_t> mask,
                                const std::vector<std::string>& modes) {
    std::optional<uint32_t> speed;
    for (size_t bit = 0; bit < std::min(modes.size(), mask.size() * 32); ++bit) {
        if ((mask[bit / 32] >> (bit % 32) & 1U) == 0) continue;
        const std::string& name = modes[bit];
        const size_t digits = name.find_first_not_of("0123456789");
        const auto value = parse_u64(std::string_view(name).substr(0, digits));
        if (value && digits != std::string::npos && name.substr(digits).starts_with("base"))
            speed = std::max(speed.value_or(0), static_cast<uint32_t>(*value));
    }
    return speed;
}

}  // namespace

Result<Ethtool> Ethtool::open() {
    UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.valid()) return fail_errno(errno, "cannot open a socket for ethtool");
    return Ethtool(std::move(socket));
}

Status Ethtool::call(const std::string& device, void* command) const {
    ifreq request{};
    if (device.size() >= sizeof request.ifr_name)
        return fail(ErrorKind::Usage, "no device has a name this long: {}", escaped(device));
    std::copy(device.begin(), device.end(), std::begin(request.ifr_name));
    request.ifr_data = static_cast<char*>(command);
    if (::ioctl(socket_.get(), SIOCETHTOOL, &request) != 0)
        return fail_errno(errno, fmt::format("ethtool on {}", escaped(device)));
    return {};
}

Result<DriverInfo> Ethtool::driver(const std::string& device) const {
    ethtool_drvinfo info{};
    info.cmd = ETHTOOL_GDRVINFO;
    KW_CHECK_OK(call(device, &info));
    return DriverInfo{text_of(info.driver), text_of(info.bus_info)};
}

Result<ReportedLink> Ethtool::link(const std::string& device) {
    // The first call asks how long the three masks are (answered by a negative number of words).
    WithArray<ethtool_link_settings> question(ETHTOOL_GLINKSETTINGS, 0);
    KW_CHECK_OK(call(device, question.get()));
    const int words = -question->link_mode_masks_nwords;
    if (words <= 0) return fail(ErrorKind::System, "ethtool on {}: no masks", escaped(device));
    WithArray<ethtool_link_settings> answer(ETHTOOL_GLINKSETTINGS,
                                            3 * static_cast<size_t>(words) * sizeof(uint32_t));
    answer->link_mode_masks_nwords = static_cast<int8_t>(words);
    KW_CHECK_OK(call(device, answer.get()));

    ReportedLink link;
    constexpr uint32_t kUnknownSpeed = static_cast<uint32_t>(SPEED_UNKNOWN);
    if (answer->speed != kUnknownSpeed && answer->speed != 0) link.speed = answer->speed;
    if (answer->duplex == DUPLEX_FULL) link.duplex = "full";
    if (answer->duplex == DUPLEX_HALF) link.duplex = "half";
    link.autoneg = answer->autoneg == AUTONEG_ENABLE;
    const auto modes = common_strings(device, ETH_SS_LINK_MODES);
    if (!modes) return link;  // before Linux 4.7 (2016) the kernel did not name them
    const auto length = static_cast<size_t>(words);
    const std::span<const uint32_t> masks(answer->link_mode_masks, 3 * length);
    link.supported_speed = fastest(masks.first(length), *modes);
    link.advertised_speed = fastest(masks.subspan(length, length), *modes);
    link.partner_speed = fastest(masks.last(length), *modes);
    return link;
}

Result<RingSizes> Ethtool::rings(const std::string& device) const {
    ethtool_ringparam rings{};
    rings.cmd = ETHTOOL_GRINGPARAM;
    KW_CHECK_OK(call(device, &rings));
    return RingSizes{rings.rx_pending, rings.rx_max_pending, rings.tx_pending,
                     rings.tx_max_pending};
}

Result<ChannelCounts> Ethtool::channels(const std::string& device) const {
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    KW_CHECK_OK(call(device, &channels));
    return ChannelCounts{channels.rx_count, channels.tx_count, channels.combined_count,
                         channels.max_combined};
}

Result<InterruptDelays> Ethtool::coalescing(const std::string& device) const {
    ethtool_coalesce delays{};
    delays.cmd = ETHTOOL_GCOALESCE;
    KW_CHECK_OK(call(device, &delays));
    return InterruptDelays{delays.rx_coalesce_usecs,
                           delays.rx_max_coalesced_frames,
                           delays.tx_coalesce_usecs,
                           delays.tx_max_coalesced_frames,
                           delays.use_adaptive_rx_coalesce != 0,
                           delays.use_adaptive_tx_coalesce != 0};
}

Result<uint32_t> Ethtool::string_count(const std::string& device, uint32_t set) const {
    WithArray<ethtool_sset_info> sets(ETHTOOL_GSSET_INFO, sizeof(uint32_t));
    sets->sset_mask = uint64_t{1} << set;
    KW_CHECK_OK(call(device, sets.get()));
    const uint32_t count = sets->sset_mask != 0 ? sets->data[0] : 0;
    if (count > kMaxStrings)
        return fail(ErrorKind::System, "ethtool on {}: {} strings", escaped(device), count);
    return count;
}

Result<std::vector<std::string>> Ethtool::strings(const std::string& device, uint32_t set) const {
    std::vector<std::string> all;
    KW_TRY(const uint32_t count, string_count(device, set));
    if (count == 0) return all;
    WithArray<ethtool_gstrings> names(ETHTOOL_GSTRINGS, size_t{count} * ETH_GSTRING_LEN);
    names->string_set = set;
    names->len = count;
    KW_CHECK_OK(call(device, names.get()));
    // A driver that has fewer by now answers with fewer: the rest was never written.
    const auto* text = static_cast<const char*>(static_cast<void*>(names->data));
    for (uint32_t i = 0; i < std::min(count, names->len); ++i, text += ETH_GSTRING_LEN)
        all.emplace_back(text, strnlen(text, ETH_GSTRING_LEN));
    return all;
}

Result<std::vector<std::string>> Ethtool::common_strings(const std::string& device, uint32_t set) {
    const auto known = common_.find(set);
    if (known != common_.end()) return known->second;
    KW_TRY(auto names, strings(device, set));
    return common_[set] = std::move(names);
}

Result<std::vector<std::pair<std::string, uint64_t>>> Ethtool::statistics(
    const std::string& device) const {
    std::vector<std::pair<std::string, uint64_t>> all;
    KW_TRY(std::vector<std::string> names, strings(device, ETH_SS_STATS));
    if (names.empty()) return all;
    const auto count = static_cast<uint32_t>(names.size());
    WithArray<ethtool_stats> values(ETHTOOL_GSTATS, size_t{count} * sizeof(uint64_t));
    values->n_stats = count;
    KW_CHECK_OK(call(device, values.get()));
    // A driver whose number of queues changed in between answers with another count: what both
    // calls agree on is right, the rest was never written.
    const uint32_t agreed = std::min(count, values->n_stats);
    for (uint32_t i = 0; i < agreed; ++i) all.emplace_back(std::move(names[i]), values->data[i]);
    return all;
}

Result<std::vector<DeviceFeature>> Ethtool::features(const std::string& device) {
    std::vector<DeviceFeature> all;
    KW_TRY(const std::vector<std::string> names, common_strings(device, ETH_SS_FEATURES));
    const auto blocks = static_cast<uint32_t>((names.size() + 31) / 32);
    WithArray<ethtool_gfeatures> answer(ETHTOOL_GFEATURES,
                                        blocks * sizeof(ethtool_get_features_block));
    answer->size = blocks;
    KW_CHECK_OK(call(device, answer.get()));
    for (size_t i = 0; i < names.size() && i / 32 < std::min(blocks, answer->size); ++i) {
        if (names[i].empty()) continue;
        const ethtool_get_features_block& block = answer->features[i / 32];
        const uint32_t bit = 1U << (i % 32);
        all.push_back({names[i], (block.active & bit) != 0, (block.requested & bit) != 0,
                       (block.available & bit) == 0 || (block.never_changed & bit) != 0});
    }
    return all;
}

}  // namespace knowhy::host
