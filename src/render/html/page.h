// What every page of ours has: the head with the policy that keeps it off the network, the look,
// the bar with the search, and the script at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "render/html/markup.h"

namespace knowhy::render {

struct PageSection {
    std::string_view id;
    std::string_view name;
    uint64_t count = 0;
};

// "2027-01-15 08:00:00 +0000": in local time, as findings have it, and which that is.
std::string date_words(uint64_t realtime_ns, std::optional<int32_t> utc_offset_s = {});

// Everything before the page's own header.
std::string page_begin(std::string_view title);
// The bar under it: a link to each section and the search.
std::string page_bar(const std::vector<PageSection>& sections);
// `data` is what the script draws, as JSON; "" for none.
std::string page_end(const std::string& data);

}  // namespace knowhy::render
