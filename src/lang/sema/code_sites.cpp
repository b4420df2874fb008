#include "lang/sema/code_sites.h"

#include <fmt/format.h>

namespace knowhy::lang {

bool is_part_of_itself(const symbols::CodePlace& place) {
    return place.inlined && place.symbol.substr(0, place.symbol.find('.')) == place.function;
}

ProbeSite site_at(symbols::CodePlace place, std::string provider) {
    ProbeSite site;
    site.view = ProbeSite::View::Registers;
    site.provider = std::move(provider);
    site.at_entry = place.at_entry;
    site.targets.push_back({KprobeAt{place.symbol, place.image == "vmlinux" ? "" : place.image,
                                     place.offset, 0, false},
                            fmt::format("{}:{}+{}", site.provider, place.symbol, place.offset)});
    site.code = std::move(place);
    return site;
}

}  // namespace knowhy::lang
