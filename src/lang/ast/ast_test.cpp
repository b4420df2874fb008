#include "lang/ast/ast.h"

#include <gtest/gtest.h>

#include "lang/ast/clone.h"

namespace knowhy::lang {
namespace {

template <typename Node>
ExprPtr make(Node node) {
    return std::make_unique<Expr>(Expr{{}, std::move(node)});
}

template <typename Node>
StmtPtr statement(Node node) {
    return std::make_unique<Stmt>(Stmt{{}, std::move(node)});
}

// @n[pid] = 1 + (uint8[4])$x
StmtPtr sample() {
    MapAccess map{"n", {}, true};
    map.keys.push_back(make(Name{"pid"}));
    TypeName type;
    type.base = "uint8";
    type.dimensions = {4};
    ExprPtr cast = make(Cast{std::move(type), make(Variable{"x"})});
    ExprPtr sum = make(Binary{BinaryOp::Add, make(Integer{1}), std::move(cast), {}});
    return statement(ExprStmt{make(Assign{make(std::move(map)), {}, false, std::move(sum)})});
}

constexpr std::string_view kSample = R"(    block
        do
            assign =
                map @n[]
                    name pid
                binary +
                    integer 1
                    cast uint8[4]
                        variable $x
)";

Script script_of(Block body) {
    Script script;
    Probe& probe = script.probes.emplace_back();
    ProbePoint& point = probe.points.emplace_back();
    point.parts.resize(2);
    point.parts[0].name = "kprobe";
    point.parts[1].name = "ip_rcv";
    probe.body = std::move(body);
    return script;
}

TEST(Dump, IsOneNodeALine) {
    Block body;
    body.push_back(sample());
    EXPECT_EQ(to_text(script_of(std::move(body))),
              "probe\n    at kprobe:ip_rcv\n" + std::string(kSample));
}

TEST(Dump, LabelsEachBlockAndEscapesText) {
    Block loop;
    loop.push_back(statement(Break{}));
    Block body;
    body.push_back(statement(While{make(Boolean{true}), std::move(loop)}));
    body.push_back(statement(ExprStmt{make(String{std::string("a\0\x1b", 3)})}));
    EXPECT_EQ(to_text(script_of(std::move(body))),
              "probe\n    at kprobe:ip_rcv\n    block\n        while\n            true\n"
              "            block\n                break\n        do\n"
              "            string \"a\\x00\\x1b\"\n");
}

TEST(Clone, IsTheSameTreeOnItsOwn) {
    Block body;
    body.push_back(sample());
    Script copy = script_of(clone(body));
    body.clear();
    EXPECT_EQ(to_text(copy), "probe\n    at kprobe:ip_rcv\n" + std::string(kSample));
}

TEST(ProbePointText, IsWrittenAsItsDialectDoes) {
    ProbePoint point;
    point.parts.resize(3);
    point.parts[0].name = "kernel";
    point.parts[1].name = "function";
    point.parts[1].argument = "ip_*@net/ipv4/ip_input.c";
    point.parts[2].name = "return";
    point.optional = true;
    EXPECT_EQ(to_text(point, Dialect::Stap),
              "kernel.function(\"ip_*@net/ipv4/ip_input.c\").return?");
}

TEST(TypeText, IsWrittenAsInC) {
    TypeName type;
    type.base = "struct sock";
    type.pointers = 2;
    type.dimensions = {3, std::nullopt};
    EXPECT_EQ(to_text(type), "struct sock **[3][]");
}

}  // namespace
}  // namespace knowhy::lang
