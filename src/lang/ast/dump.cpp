#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "lang/ast/ast.h"
#include "lang/ast/walk.h"

namespace knowhy::lang {
namespace {

std::string quoted(std::string_view raw) {
    return fmt::format("\"{}\"", escaped(raw));
}

std::string_view sign(Order order) {
    if (order == Order::None) return "";
    return order == Order::Ascending ? "+" : "-";
}

// " : uint8", or nothing.
std::string of_type(const std::optional<TypeName>& type) {
    return type ? fmt::format(" : {}", to_text(*type)) : "";
}

std::string order_of(const Foreach& loop) {
    std::string text = "foreach";
    if (!loop.value.empty()) text += fmt::format(" {} =", loop.value);
    for (const Foreach::Key& key : loop.keys)
        text += fmt::format(" {}{}", key.name, sign(key.order));
    if (loop.map.empty()) return text + " in a histogram";
    text += " in " + loop.map;
    if (!loop.slice.empty()) text += fmt::format("[{} keys]", loop.slice.size());
    if (loop.by_value != Order::None)
        text += fmt::format(" {}{}", loop.by_statistic, sign(loop.by_value));
    return loop.limit ? text + " limited" : text;
}

// The line of a node; its parts follow below, indented.
struct Title {
    std::string operator()(const Integer& it) const {
        return fmt::format("integer {}{}", it.value, it.is_unsigned ? "u" : "");
    }
    std::string operator()(const String& it) const { return "string " + quoted(it.value); }
    std::string operator()(const Boolean& it) const { return it.value ? "true" : "false"; }
    std::string operator()(const Name& it) const { return "name " + it.name; }
    std::string operator()(const Positional& it) const {
        const std::string_view sigil = it.as_string ? "@" : "$";
        if (it.number == 0) return fmt::format("positional {}#", sigil);
        return fmt::format("positional {}{}", sigil, it.number);
    }
    std::string operator()(const Variable& it) const { return "variable $" + it.name; }
    std::string operator()(const TargetVariable& it) const {
        return fmt::format("target variable {} {}", quoted(it.name), quoted(it.module));
    }
    std::string operator()(const MapAccess& it) const {
        return fmt::format("map @{}{}", it.name, it.has_keys ? "[]" : "");
    }
    std::string operator()(const Field& it) const {
        return fmt::format("field {}{}", it.arrow ? "->" : ".", it.name);
    }
    std::string operator()(const Index&) const { return "index"; }
    std::string operator()(const TupleField& it) const {
        return fmt::format("field .{}", it.number);
    }
    std::string operator()(const Call& it) const { return "call " + it.function; }
    std::string operator()(const Unary& it) const {
        return fmt::format("unary {}", to_text(it.op));
    }
    std::string operator()(const Binary& it) const {
        return fmt::format("binary {}", to_text(it.op));
    }
    std::string operator()(const Conditional& it) const {
        return it.yes ? "conditional" : "conditional ?:";
    }
    std::string operator()(const Assign& it) const {
        if (it.accumulate) return "accumulate <<<";
        return fmt::format("assign {}=", it.op ? to_text(*it.op) : "");
    }
    std::string operator()(const Step& it) const {
        const std::string_view op = it.increment ? "++" : "--";
        return fmt::format("step {}", it.prefix ? fmt::format("{}x", op) : fmt::format("x{}", op));
    }
    std::string operator()(const Cast& it) const { return "cast " + to_text(it.type); }
    std::string operator()(const NamedCast& it) const {
        return fmt::format("cast {} {}", quoted(it.type), quoted(it.module));
    }
    std::string operator()(const SizeOf& it) const { return "sizeof" + of_type(it.type); }
    std::string operator()(const OffsetOf& it) const {
        return fmt::format("offsetof .{}{}", it.path, of_type(it.type));
    }
    std::string operator()(const TupleOf& it) const {
        return it.names.empty() ? "tuple" : fmt::format("record {}", fmt::join(it.names, " "));
    }
    std::string operator()(const TypeValue& it) const { return "type " + to_text(it.type); }
    std::string operator()(const BlockValue&) const { return "block value"; }
    std::string operator()(const InMap& it) const { return "in " + it.map; }
    std::string operator()(const Pretty& it) const { return it.deep ? "pretty $$" : "pretty $"; }

    std::string operator()(const ExprStmt&) const { return "do"; }
    std::string operator()(const Let& it) const {
        return fmt::format("let ${}{}", it.name, of_type(it.type));
    }
    std::string operator()(const If&) const { return "if"; }
    std::string operator()(const While&) const { return "while"; }
    std::string operator()(const For&) const { return "for"; }
    std::string operator()(const ForMap& it) const {
        return fmt::format("for ${} : @{}", it.variable, it.map);
    }
    std::string operator()(const ForRange& it) const {
        return fmt::format("for ${} : range", it.variable);
    }
    std::string operator()(const Unroll&) const { return "unroll"; }
    std::string operator()(const Foreach& it) const { return order_of(it); }
    std::string operator()(const Break&) const { return "break"; }
    std::string operator()(const Continue&) const { return "continue"; }
    std::string operator()(const Next&) const { return "next"; }
    std::string operator()(const Return&) const { return "return"; }
    std::string operator()(const Delete&) const { return "delete"; }
    std::string operator()(const Try& it) const {
        return it.message.empty() ? "try" : "try, catch " + it.message;
    }
    std::string operator()(const Block&) const { return ""; }
};

class Dump {
  public:
    void line(std::string_view text) { text_ += fmt::format("{:{}}{}\n", "", depth_ * 4, text); }

    void expr(const ExprPtr& expr) { node(*expr); }

    void block(const Block& block) {
        line("block");
        within([&] {
            for (const StmtPtr& stmt : block) node(*stmt);
        });
    }

    template <typename Body>
    void within(Body body) {
        ++depth_;
        body();
        --depth_;
    }

    void probe(const Probe& probe, Dialect dialect) {
        line(probe.label.empty() ? "probe" : "probe " + probe.label);
        within([&] {
            for (const ProbePoint& each : probe.points) point(each, dialect);
            if (probe.predicate) {
                line("when");
                within([&] { expr(probe.predicate); });
            }
            block(probe.body);
        });
    }

    void script(const Script& script);

    std::string take() { return std::move(text_); }

  private:
    template <typename Tree>
    void node(const Tree& tree) {
        const std::string title = std::visit(Title{}, tree.node);
        if (title.empty()) return parts(tree);  // a block of its own says so itself
        line(title);
        within([&] { parts(tree); });
    }

    template <typename Tree>
    void parts(const Tree& tree) {
        each_part(tree, [this](const auto& part) {
            if constexpr (std::is_same_v<std::decay_t<decltype(part)>, Block>)
                block(part);
            else
                expr(part);
        });
    }

    void point(const ProbePoint& point, Dialect dialect) {
        line("at " + to_text(point, dialect));
        if (point.condition) within([&] { expr(point.condition); });
    }
    void optional(const ExprPtr& value) {
        if (value) within([&] { expr(value); });
    }
    void global(const Global& global);
    void macro(const Macro& macro);
    void function(const Function& function);

    std::string text_;
    size_t depth_ = 0;
};

void Dump::global(const Global& global) {
    std::string text = "global " + global.name;
    if (!global.map_type.empty()) text += " " + global.map_type;
    if (global.entries) text += fmt::format("[{}]", *global.entries);
    if (global.wraps) text += " wraps";
    line(text);
    optional(global.value);
}

void Dump::macro(const Macro& macro) {
    std::string text = fmt::format("macro {}", macro.name);
    for (const Macro::Parameter& parameter : macro.parameters) {
        static constexpr std::array<std::string_view, 3> kSigils = {"$", "@", ""};
        text +=
            fmt::format(" {}{}", kSigils.at(static_cast<size_t>(parameter.kind)), parameter.name);
    }
    line(text);
    within([&] { block(macro.body); });
    optional(macro.value);
}

void Dump::function(const Function& function) {
    std::string text = "function " + function.name;
    if (function.returns_string) text += *function.returns_string ? ":string" : ":long";
    for (const Function::Parameter& parameter : function.parameters)
        text += fmt::format(" {}{}{}", parameter.name, parameter.is_string ? ":string" : "",
                            of_type(parameter.type));
    text += of_type(function.result);
    if (function.priority) text += fmt::format(" priority {}", *function.priority);
    line(text);
    within([&] { block(function.body); });
}

void Dump::script(const Script& script) {
    for (const Include& each : script.includes)
        line(fmt::format("{} {}", each.is_import ? "import" : "include", quoted(each.what)));
    for (const CDefinition& each : script.definitions)
        line(fmt::format("C definition, bytes {} to {}", each.span.begin, each.span.end));
    for (const ConfigItem& each : script.config) {
        line("config " + each.name);
        optional(each.value);
    }
    for (const Global& each : script.globals) global(each);
    for (const Macro& each : script.macros) macro(each);
    for (const Function& each : script.functions) function(each);
    for (const ProbeAlias& each : script.aliases) {
        line(fmt::format("alias {} {}", to_text(each.name, script.dialect),
                         each.epilogue ? "+=" : "="));
        within([&] {
            probe(each.probe, script.dialect);
            if (!each.after.empty()) block(each.after);
        });
    }
    for (const Probe& each : script.probes) probe(each, script.dialect);
}

// begin(-1000) is an order, 0xffffffff81000000 an address: what is far below zero is read as one.
constexpr int64_t kLargestOrder = 1'000'000;

std::string argument_of(const ProbePoint::Part& part) {
    if (part.positional) {
        const std::string text =
            fmt::format("{}{}", part.positional->as_string ? "@" : "$", part.positional->number);
        return part.name.empty() ? text : fmt::format("({})", text);
    }
    if (!part.argument) return "";
    if (const auto* text = std::get_if<std::string>(&*part.argument))
        return fmt::format("({})", quoted(*text));
    const int64_t number = std::get<int64_t>(*part.argument);
    const bool is_address = number < -kLargestOrder;
    return is_address ? fmt::format("({:#x})", static_cast<uint64_t>(number))
                      : fmt::format("({})", number);
}

}  // namespace

std::string to_text(const Script& script) {
    Dump dump;
    dump.script(script);
    return dump.take();
}

std::string to_text(const ProbePoint& point, Dialect dialect) {
    std::string text;
    for (const ProbePoint::Part& part : point.parts) {
        if (&part != point.parts.data()) text += dialect == Dialect::Bpftrace ? ":" : ".";
        text += escaped(part.name) + argument_of(part);
    }
    if (point.optional) text += "?";
    if (point.sufficient) text += "!";
    return text;
}

std::string to_text(const TypeName& type) {
    std::string text = type.of ? "typeof()" : type.base;
    if (!type.elements.empty()) {
        std::vector<std::string> elements;
        elements.reserve(type.elements.size());
        for (const TypeName& each : type.elements) elements.push_back(to_text(each));
        text = fmt::format("({})", fmt::join(elements, ", "));
    }
    if (type.pointers > 0) text += " " + std::string(type.pointers, '*');
    for (const auto& dimension : type.dimensions)
        text += dimension ? fmt::format("[{}]", *dimension) : "[]";
    return text;
}

std::string_view to_text(BinaryOp op) {
    static constexpr std::array<std::string_view, 21> kOps = {
        "+",  "-",  "*",  "/", "%",  "&", "|",  "^", "<<", ">>", "&&",
        "||", "==", "!=", "<", "<=", ">", ">=", ".", "=~", "!~"};
    return kOps.at(static_cast<size_t>(op));
}

std::string_view to_text(UnaryOp op) {
    static constexpr std::array<std::string_view, 6> kOps = {"-", "+", "!", "~", "*", "&"};
    return kOps.at(static_cast<size_t>(op));
}

}  // namespace knowhy::lang
