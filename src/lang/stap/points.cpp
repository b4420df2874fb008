#include "lang/stap/grammar.h"

namespace knowhy::lang::stap {
namespace {

// {a,b}.{c,d}.{e,f}... grows by powers.
constexpr size_t kMostPoints = 1000;

std::vector<ProbePoint> crossed(const std::vector<ProbePoint>& fronts,
                                const std::vector<ProbePoint>& backs) {
    std::vector<ProbePoint> all;
    for (const ProbePoint& front : fronts) {
        for (const ProbePoint& back : backs) {
            ProbePoint& point = all.emplace_back();
            point.parts = front.parts;
            point.parts.insert(point.parts.end(), back.parts.begin(), back.parts.end());
            point.optional = front.optional || back.optional;
            point.sufficient = front.sufficient || back.sufficient;
        }
    }
    return all;
}

}  // namespace

std::vector<ProbePoint> Grammar::points() {
    std::vector<ProbePoint> all;
    do {
        for (ProbePoint& each : point()) all.push_back(std::move(each));
    } while (take_if(","));
    return all;
}

std::vector<ProbePoint> Grammar::point() {
    const uint32_t start = begin();
    std::vector<ProbePoint> all = components();
    if (take_if_word("if")) {
        ExprPtr condition = expression();
        if (all.size() != 1)
            fail(codes::kProbePoint, condition->span, "a condition belongs to one probe point",
                 "write the points out, each with its condition");
        all.front().condition = std::move(condition);
    }
    for (ProbePoint& each : all) each.span = since(start);
    return all;
}

std::vector<ProbePoint> Grammar::components() {
    const Level level(*this);
    const uint32_t start = begin();
    std::vector<ProbePoint> all = component();
    while (take_if(".")) {
        all = crossed(all, component());
        if (all.size() > kMostPoints)
            fail(codes::kTooDeep, since(start), "the braces stand for too many probe points");
    }
    const bool optional = take_if("?");
    const bool sufficient = !optional && take_if("!");
    for (ProbePoint& each : all) {
        each.optional = each.optional || optional;
        each.sufficient = each.sufficient || sufficient;
    }
    return all;
}

std::vector<ProbePoint> Grammar::component() {
    if (at_alternatives()) return alternatives();
    std::vector<ProbePoint> one(1);
    one.front().parts.push_back(part());
    return one;
}

// A brace that holds parts of probe points and not, since a part was forgotten, statements.
bool Grammar::at_alternatives() {
    const Token& first = peek(1);
    const bool begins = first.kind == Token::Kind::Word || first.is_op("*") || first.is_op("{");
    if (!at("{") || !begins) return false;
    const Token& second = peek(2);
    if (second.is_op("(")) return !peek(3).is_op(")");
    return second.kind == Token::Kind::Op && !second.is_op("=") && !second.is_op("[");
}

std::vector<ProbePoint> Grammar::alternatives() {
    take();
    std::vector<ProbePoint> all;
    do {
        for (ProbePoint& each : components()) all.push_back(std::move(each));
    } while (take_if(","));
    expect("}", "behind the alternatives");
    return all;
}

ProbePoint::Part Grammar::part() {
    ProbePoint::Part part;
    const uint32_t start = begin();
    if (peek().kind == Token::Kind::Dollar && is_positional(peek())) {
        part.positional = positional(take());
    } else {
        part.name = part_name();
        if (take_if("(")) part_argument(part);
    }
    part.span = since(start);
    return part;
}

// Words, stars and digits that stand together: sys_*64.
std::string Grammar::part_name() {
    std::string name;
    const auto continues = [&] {
        const Token& next = peek();
        const bool fits = next.kind == Token::Kind::Word || next.is_op("*") ||
                          (next.kind == Token::Kind::Number && !name.empty());
        return fits && (name.empty() || next.span.begin == last_end());
    };
    while (continues()) name += take().text;
    if (name.empty())
        unexpected("a part of a probe point",
                   "probe points are such as kernel.function(\"ip_rcv\").return, timer.s(1)");
    return name;
}

void Grammar::part_argument(ProbePoint::Part& into) {
    const Token& first = peek();
    if (first.kind == Token::Kind::String) {
        std::string text;
        while (peek().kind == Token::Kind::String) text += take().text;
        into.argument = std::move(text);
    } else if (first.kind == Token::Kind::Dollar || first.kind == Token::Kind::At) {
        const Token token = take();
        if (!is_positional(token))
            fail(codes::kProbePoint, token.span, "expected a string or a number",
                 "of variables only positional parameters can stand here: $1, @1");
        into.positional = positional(token);
    } else if (first.kind == Token::Kind::Number || first.is_op("-")) {
        into.argument = signed_number("a number");
    } else {
        unexpected("a string or a number");
    }
    expect(")", "behind the argument");
}

}  // namespace knowhy::lang::stap
