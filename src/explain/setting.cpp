#include "explain/setting.h"

#include <fmt/format.h>

#include <algorithm>

namespace knowhy::explain {
namespace {

// Either value alone may decide an OR or an AND; a maximum needs both.
std::optional<int64_t> combined(const DeviceSetting& setting, Combine combine) {
    const auto& all = setting.all;
    const auto& device = setting.device;
    const bool both = all && device;
    switch (combine) {
        case Combine::Or:
            if (all.value_or(0) != 0 || device.value_or(0) != 0) return 1;
            return both ? std::optional<int64_t>(0) : std::nullopt;
        case Combine::And:
            if (all.value_or(1) == 0 || device.value_or(1) == 0) return 0;
            return both ? std::optional<int64_t>(1) : std::nullopt;
        case Combine::Max:
            return both ? std::optional(std::max(*all, *device)) : std::nullopt;
        case Combine::DeviceOnly:
            break;
    }
    return device;
}

void tell_one(const Context& context, Conclusion& conclusion, const std::string& name) {
    const auto evidence = context.sysctl(name);
    if (!evidence) return;
    conclusion.set("sysctl", name, evidence->value);
    conclusion.with(*evidence);
}

}  // namespace

void add_setting_names(std::string_view name, const std::vector<std::string>& devices,
                       std::set<std::string>& into) {
    constexpr std::string_view kDevice = "{dev}";
    const size_t at = name.find(kDevice);
    if (at == std::string_view::npos) {
        into.emplace(name);
        return;
    }
    const auto put = [&](std::string_view which) {
        into.insert(
            fmt::format("{}{}{}", name.substr(0, at), which, name.substr(at + kDevice.size())));
    };
    put("all");
    for (const std::string& device : devices) put(device);
}

void DeviceSetting::tell(const Context& context, Conclusion& conclusion) const {
    tell_one(context, conclusion, all_name);
    tell_one(context, conclusion, device_name);
}

DeviceSetting device_setting(const Context& context, const std::string& family,
                             const std::string& key, Combine combine) {
    DeviceSetting setting;
    setting.all_name = fmt::format("net.{}.conf.all.{}", family, key);
    setting.device_name = fmt::format("net.{}.conf.{}.{}", family, context.device(), key);
    setting.all = context.setting(setting.all_name);
    setting.device = context.setting(setting.device_name);
    setting.effective = combined(setting, combine);
    return setting;
}

}  // namespace knowhy::explain
