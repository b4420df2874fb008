#include "collect/script/walk_order.h"

#include <algorithm>
#include <compare>
#include <cstring>
#include <string>
#include <variant>

#include "lang/values/decode.h"

namespace knowhy::collect {
namespace {

using By = lang::WalkOrder::By;
using Kind = lang::Type::Kind;

// What elements are compared by: a number, or a string.
using Weight = std::variant<int64_t, std::string>;

int64_t number_at(MapSpan bytes, size_t at) {
    int64_t number = 0;
    if (at + sizeof(number) <= bytes.size()) std::memcpy(&number, &bytes[at], sizeof(number));
    return number;
}

Weight weight_of(const lang::Type& type, MapSpan bytes) {
    if (type.kind != Kind::String) return number_at(bytes, 0);
    const MapSpan text = bytes.first(std::min<size_t>(type.bytes, bytes.size()));
    return std::string(text.begin(), std::ranges::find(text, 0));
}

// Where a Statistic has its numbers (lang/types/types.h).
int64_t statistic(By by, MapSpan bytes) {
    const int64_t count = number_at(bytes, 0);
    switch (by) {
        case By::Sum:
            return number_at(bytes, 8);
        case By::Least:
            return number_at(bytes, 16);
        case By::Greatest:
            return number_at(bytes, 24);
        case By::Mean:
            return count == 0 ? 0 : number_at(bytes, 8) / count;
        default:
            return count;
    }
}

class Weigher {
  public:
    Weigher(const lang::WalkOrder& order, const lang::Plan& plan, MapStore& maps)
        : order_(order), plan_(plan.maps[order.map]), maps_(maps) {}

    [[nodiscard]] std::vector<Weight> weights(const MapBytes& key) const {
        std::vector<Weight> all;
        for (const lang::WalkOrder::Term& term : order_.terms)
            all.push_back(term.by == By::Key ? of_key(key, term.key) : of_value(key, term.by));
        return all;
    }

  private:
    [[nodiscard]] Weight of_key(MapSpan key, uint32_t which) const {
        if (plan_.key.kind != Kind::Tuple) return weight_of(plan_.key, key);
        const auto offsets = lang::element_offsets(plan_.key);
        if (which >= offsets.size() || offsets[which] > key.size()) return int64_t{0};
        return weight_of(plan_.key.elements[which], key.subspan(offsets[which]));
    }

    [[nodiscard]] Weight of_value(MapSpan key, By by) const {
        const auto values = maps_.all_values(order_.map, key);
        if (!values) return int64_t{0};  // deleted meanwhile
        if (!plan_.value.is_aggregate()) return weight_of(plan_.value, *values);
        const auto merged = lang::merge(plan_.value, std::as_bytes(std::span(*values)));
        const MapSpan bytes{reinterpret_cast<const uint8_t*>(merged.data()), merged.size()};
        return statistic(by, bytes);
    }

    const lang::WalkOrder& order_;
    const lang::MapPlan& plan_;
    MapStore& maps_;
};

}  // namespace

void sort_keys(std::vector<MapBytes>& keys, const lang::WalkOrder& order, const lang::Plan& plan,
               MapStore& maps) {
    if (order.map >= plan.maps.size()) return;
    const Weigher weigher(order, plan, maps);
    struct Element {
        std::vector<Weight> weights;
        MapBytes key;
    };
    std::vector<Element> elements;
    for (MapBytes& key : keys) {
        auto weights = weigher.weights(key);
        elements.push_back({std::move(weights), std::move(key)});
    }
    std::ranges::stable_sort(elements, [&](const Element& left, const Element& right) {
        for (size_t i = 0; i < order.terms.size(); ++i) {
            if (left.weights[i] == right.weights[i]) continue;
            const bool less = left.weights[i] < right.weights[i];
            return less != order.terms[i].descending;
        }
        return false;
    });
    for (size_t i = 0; i < keys.size(); ++i) keys[i] = std::move(elements[i].key);
}

}  // namespace knowhy::collect
