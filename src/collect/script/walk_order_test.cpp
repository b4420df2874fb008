#include "collect/script/walk_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstring>

namespace knowhy::collect {
namespace {

using ::testing::ElementsAre;
using By = lang::WalkOrder::By;
using lang::Type;

// One array, "name, number" to a number or a statistic.
class Array {
  public:
    explicit Array(bool statistics) {
        ir::Map map{statistics ? ir::Map::Kind::PerCpuHash : ir::Map::Kind::Hash, "a", 16,
                    statistics ? 32U : 8U, 16};
        plan_.ir_maps = {map};
        lang::MapPlan seen;
        seen.name = "a";
        seen.key = Type::tuple({Type::string(8), Type::integer(8, true)});
        seen.value = Type::integer(8, true);
        seen.per_cpu = statistics;
        if (statistics) {
            seen.value.kind = Type::Kind::Statistic;
            seen.value.bytes = 32;
        }
        plan_.maps = {seen};
        store_ = maps_in_memory(plan_.ir_maps);
    }

    void put(const std::string& name, int64_t number, const std::vector<int64_t>& value) {
        MapBytes key(16);
        std::memcpy(key.data(), name.data(), name.size());
        std::memcpy(&key[8], &number, 8);
        MapBytes bytes(value.size() * 8);
        std::memcpy(bytes.data(), value.data(), bytes.size());
        ASSERT_EQ(store_->put(0, key, bytes, BPF_ANY), 0);
    }

    // The names with their numbers, "b-1".
    std::vector<std::string> sorted(std::vector<lang::WalkOrder::Term> terms) {
        auto keys = store_->keys(0);
        sort_keys(keys, {0, std::move(terms)}, plan_, *store_);
        std::vector<std::string> names;
        for (const MapBytes& key : keys) {
            int64_t number = 0;
            std::memcpy(&number, &key[8], 8);
            names.push_back(reinterpret_cast<const char*>(key.data()) + std::to_string(number));
        }
        return names;
    }

  private:
    lang::Plan plan_;
    std::unique_ptr<MapStore> store_;
};

TEST(WalkOrder, ByKeysAndValues) {
    Array array(false);
    array.put("b", -1, {30});
    array.put("a", 5, {20});
    array.put("ab", 1, {10});
    array.put("a", -7, {20});
    EXPECT_THAT(array.sorted({{By::Key, 0, false}, {By::Key, 1, true}}),
                ElementsAre("a5", "a-7", "ab1", "b-1"));
    EXPECT_THAT(array.sorted({{By::Key, 1, false}}), ElementsAre("a-7", "b-1", "ab1", "a5"));
    EXPECT_THAT(array.sorted({{By::Value, 0, true}, {By::Key, 1, false}}),
                ElementsAre("b-1", "a-7", "a5", "ab1"));
}

TEST(WalkOrder, ByStatistics) {
    Array array(true);  // count, sum, least, greatest
    array.put("a", 1, {2, 10, 4, 6});
    array.put("b", 1, {1, 9, 9, 9});
    array.put("c", 1, {3, 6, 1, 3});
    EXPECT_THAT(array.sorted({{By::Count, 0, true}}), ElementsAre("c1", "a1", "b1"));
    EXPECT_THAT(array.sorted({{By::Sum, 0, true}}), ElementsAre("a1", "b1", "c1"));
    EXPECT_THAT(array.sorted({{By::Least, 0, false}}), ElementsAre("c1", "a1", "b1"));
    EXPECT_THAT(array.sorted({{By::Greatest, 0, false}}), ElementsAre("c1", "a1", "b1"));
    EXPECT_THAT(array.sorted({{By::Mean, 0, true}}), ElementsAre("b1", "a1", "c1"));
}

}  // namespace
}  // namespace knowhy::collect
