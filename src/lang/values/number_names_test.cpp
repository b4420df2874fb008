#include "lang/values/number_names.h"

#include <gtest/gtest.h>

#include "lang/values/decode.h"
#include "lang/values/values_testing.h"

namespace knowhy::lang {
namespace {

model::Value decoded(const Type& type, uint64_t number) {
    FewAnswers answers;
    return decode(type, std::as_bytes(std::span(&number, 1)), {}, answers);
}

TEST(NumberNames, OfEachTable) {
    EXPECT_EQ(number_name("family", 10), "INET6");
    EXPECT_EQ(number_name("protocol", 17), "UDP");
    EXPECT_EQ(number_name("socket state", 3), "CONNECTED");
    EXPECT_EQ(number_name("socket type", 2), "DGRAM");
    EXPECT_EQ(number_name("tcp state", 10), "TCP_LISTEN");
    for (const auto table : number_tables()) EXPECT_EQ(number_name(table, -7), "UNDEF") << table;
    EXPECT_EQ(number_name("nothing", 1), "UNDEF");
}

TEST(NumberNames, OfAValue) {
    EXPECT_EQ(decoded(Type::named_number("family"), 2), model::Value::text("INET"));
}

TEST(Symbols, AsSystemTapHasThem) {
    Type symbol = Type::of(Type::Kind::KernelSymbol);
    symbol.format = "name";
    EXPECT_EQ(decoded(symbol, 0x1010), model::Value::text("ip_rcv"));
    EXPECT_EQ(decoded(symbol, 0x9000), model::Value::text("0x9000"));
    symbol.format = "data";
    EXPECT_EQ(decoded(symbol, 0x1010), model::Value::text("ip_rcv+0x10 [kernel]"));
    symbol.format = "module";
    EXPECT_EQ(decoded(symbol, 0x1010), model::Value::text("kernel"));
}

TEST(Composed, ValuesGoToTheDialectsPrintf) {
    const Type type = Type::composed("%d", {Type::integer(8, true)});
    EXPECT_EQ(decoded(type, 5), model::Value::text("%d of 1"));
}

}  // namespace
}  // namespace knowhy::lang
