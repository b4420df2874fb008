// The one syntax tree of both dialects.
//
// A front end says what stands in the text; what a name means is for sema to find out. Where the
// dialects have one idea they share a node (a map of bpftrace and a global array of SystemTap are
// both MapAccess after sema; both parsers make what their grammar shows). The tree owns its nodes.
//
// Long because: the nodes are one variant, and are read together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lang/source/source.h"

namespace knowhy::lang {

enum class Dialect : uint8_t { Bpftrace, Stap };

struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;
using StmtPtr = std::unique_ptr<Stmt>;
using Block = std::vector<StmtPtr>;

// No front end, and no pass that builds trees, makes a deeper one: recursion over it is safe.
constexpr uint32_t kMaxDepth = 1200;

// A type as written: "int32", "struct sk_buff *", "uint8[6]", "string[64]", "(int32, string)",
// "typeof(expr)". `base` has qualifiers removed and the tag kept: "struct sk_buff", "uint8".
struct TypeName {
    Span span;
    std::string base;
    uint32_t pointers = 0;
    std::vector<std::optional<uint64_t>> dimensions;  // outermost first; nullopt: "[]"
    std::vector<TypeName> elements;                   // of a tuple, whose base is ""
    ExprPtr of;                                       // typeof(expr); its base is ""
};

// ---- Expressions

struct Integer {
    uint64_t value = 0;
    bool is_unsigned = false;  // written with a suffix, or beyond int64
};

struct String {
    std::string value;  // escapes resolved; may hold zeros
};

struct Boolean {
    bool value = false;
};

// A bare word: a builtin (pid, args, retval), an enumerator, a macro's or function's parameter, in
// SystemTap also a local or global variable. bpftrace's `_ = value` assigns to the Name "_".
struct Name {
    std::string name;
};

// $1, $2 (an integer or a string, as it is used; str($1)), SystemTap's @1 (always a string).
struct Positional {
    uint32_t number = 0;  // from 1; 0: how many there are ($#, @#)
    bool as_string = false;
};

// $x. In bpftrace a script's variable, or, where nothing assigns to it, one of the probed code; in
// SystemTap always one of the probed code. $$vars and its kin keep their second dollar: "$vars".
struct Variable {
    std::string name;
};

// SystemTap's @var("name@file", "module").
struct TargetVariable {
    std::string name;
    std::string module;
};

// @x, @x[k, l], and in SystemTap name[k, l].
struct MapAccess {
    std::string name;  // without "@"; "" for bpftrace's anonymous map
    std::vector<ExprPtr> keys;
    bool has_keys = false;  // "@x[]" is an error that sema words; "*" is a Name of that text
};

struct Field {
    ExprPtr object;
    std::string name;
    Span name_span;
    bool arrow = false;
};

struct Index {
    ExprPtr object;
    ExprPtr index;
};

struct TupleField {  // .0
    ExprPtr object;
    uint32_t number = 0;
};

// f(a, b). SystemTap's operators with an at-sign are calls too, named with it: "@count", "@entry",
// "@defined", "@hist_log".
struct Call {
    std::string function;
    std::vector<ExprPtr> arguments;
    Span name_span;
};

enum class UnaryOp : uint8_t { Minus, Plus, Not, Complement, Dereference, AddressOf };

struct Unary {
    UnaryOp op = UnaryOp::Minus;
    ExprPtr operand;
};

enum class BinaryOp : uint8_t {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    LogicalAnd,
    LogicalOr,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Concatenate,  // SystemTap's "."
    Match,        // =~
    NotMatch,     // !~
};

struct Binary {
    BinaryOp op = BinaryOp::Add;
    ExprPtr left;
    ExprPtr right;
    Span op_span;
};

struct Conditional {
    ExprPtr condition;
    ExprPtr yes;  // null: the condition itself, `a ?: b`
    ExprPtr no;
};

// target = value, target op= value, target <<< value.
struct Assign {
    ExprPtr target;
    std::optional<BinaryOp> op;
    bool accumulate = false;  // <<<
    ExprPtr value;
};

struct Step {  // ++ and --
    ExprPtr target;
    bool increment = true;
    bool prefix = false;
};

struct Cast {
    TypeName type;
    ExprPtr operand;
};

// SystemTap's @cast(pointer, "type", "module or <header>").
struct NamedCast {
    ExprPtr operand;
    std::string type;
    std::string module;
};

struct SizeOf {
    std::optional<TypeName> type;  // or the operand's
    ExprPtr operand;
};

struct OffsetOf {
    std::optional<TypeName> type;
    ExprPtr operand;
    std::string path;  // "sk.sk_family"
};

struct TupleOf {
    std::vector<ExprPtr> elements;
    std::vector<std::string> names;  // of a Record, one each; empty for a tuple
};

// A type where a value would stand: container_of($p, struct task_struct, tasks).
struct TypeValue {
    TypeName type;
};

struct BlockValue {  // { statements; value }
    Block statements;
    ExprPtr value;
};

struct InMap {  // [a, b] in array
    std::vector<ExprPtr> keys;
    std::string map;
};

struct Pretty {  // $x$, $x$$
    ExprPtr operand;
    bool deep = false;
};

struct Expr {
    using Node = std::variant<Integer, String, Boolean, Name, Positional, Variable, TargetVariable,
                              MapAccess, Field, Index, TupleField, Call, Unary, Binary, Conditional,
                              Assign, Step, Cast, NamedCast, SizeOf, OffsetOf, TupleOf, TypeValue,
                              BlockValue, InMap, Pretty>;
    Span span;
    Node node;
};

// ---- Statements

struct ExprStmt {
    ExprPtr value;
};

struct Let {
    std::string name;  // "x" of $x
    std::optional<TypeName> type;
    ExprPtr value;  // may be null
};

struct If {
    ExprPtr condition;
    Block yes;
    Block no;
};

struct While {
    ExprPtr condition;
    Block body;
};

struct For {  // SystemTap's for (a; b; c)
    ExprPtr first;
    ExprPtr condition;
    ExprPtr step;
    Block body;
};

struct ForMap {  // for ($kv : @map)
    std::string variable;
    std::string map;
    Span map_span;
    Block body;
};

struct ForRange {  // for ($i : from..to)
    std::string variable;
    ExprPtr from;
    ExprPtr to;
    Block body;
};

struct Unroll {
    ExprPtr count;
    Block body;
};

enum class Order : uint8_t { None, Ascending, Descending };

// foreach ([a+, b] in array[x, *] limit n), foreach (v = k in array @sum-).
struct Foreach {
    struct Key {
        std::string name;
        Order order = Order::None;
    };
    std::vector<Key> keys;
    std::string value;  // "": not asked for
    std::string map;
    ExprPtr histogram;           // @hist_log(x): the walk is over its buckets, `map` is ""
    std::vector<ExprPtr> slice;  // null: "*"
    Order by_value = Order::None;
    std::string by_statistic;  // "@sum"; "": the value itself
    ExprPtr limit;             // null: all
    Block body;
};

struct Break {};
struct Continue {};
struct Next {};
struct Return {
    ExprPtr value;  // may be null
};

struct Delete {
    ExprPtr target;
};

struct Try {
    Block body;
    std::string message;  // the variable; "" none
    Block handler;
};

struct Stmt {
    using Node = std::variant<ExprStmt, Let, If, While, For, ForMap, ForRange, Unroll, Foreach,
                              Break, Continue, Next, Return, Delete, Try, Block>;
    Span span;
    Node node;
};

// ---- Declarations

// One probe point as written. bpftrace: the pieces between colons, "kprobe" "vfs_read+4".
// SystemTap: those between dots, `kernel` `function("x@file")` `call`.
struct ProbePoint {
    struct Part {
        Span span;
        std::string name;
        // An address beyond int64 keeps its bits.
        std::optional<std::variant<std::string, int64_t>> argument;
        // SystemTap's ($1) stands for the argument, and a bare $1 for the part: `name` is "".
        std::optional<Positional> positional;
    };
    Span span;
    std::vector<Part> parts;
    bool optional = false;    // ?
    bool sufficient = false;  // !
    ExprPtr condition;        // SystemTap's `if (global)`; may be null
};

struct Probe {
    Span span;
    std::string label;  // bpftrace's `label=kprobe:f`; "" none
    std::vector<ProbePoint> points;
    ExprPtr predicate;  // /.../; may be null
    Block body;
};

// SystemTap's `probe name = points { }` and `+=`.
struct ProbeAlias {
    Span span;
    ProbePoint name;
    bool epilogue = false;  // +=
    Probe probe;
    Block after;               // the second block of `{ prologue }, { epilogue }`
    bool from_tapset = false;  // its spans are of another text than the script's
};

struct Function {
    struct Parameter {
        std::string name;
        std::optional<TypeName> type;
        bool is_string = false;  // SystemTap's `name:string`
    };
    Span span;
    std::string name;
    std::vector<Parameter> parameters;
    std::optional<TypeName> result;
    std::optional<bool> returns_string;
    std::optional<int64_t> priority;  // SystemTap's: of several by one name, lower goes first
    Block body;
};

// bpftrace's `macro f($x, @m, expr) { ... }`.
struct Macro {
    struct Parameter {
        enum class Kind : uint8_t { Variable, Map, Expression } kind = Kind::Expression;
        std::string name;
    };
    Span span;
    std::string name;
    std::vector<Parameter> parameters;
    Block body;
    ExprPtr value;  // of a macro that is an expression; may be null
};

// `let @m = lruhash(100);`, `global a, b[100] = 1`.
struct Global {
    Span span;
    std::string name;
    std::string map_type;  // bpftrace's; "" default
    std::optional<uint64_t> entries;
    bool wraps = false;     // SystemTap's %: the oldest entry makes room
    bool is_array = false;  // SystemTap: declared with a size
    ExprPtr value;          // may be null
};

// #include, import: sema says whether it is needless (BTF has the types) or cannot be done.
struct Include {
    Span span;
    std::string what;
    bool is_import = false;
};

// A C definition at the top of the script, as its text: struct, union, enum, typedef.
struct CDefinition {
    Span span;
};

struct ConfigItem {
    Span span;
    std::string name;
    ExprPtr value;
};

struct Script {
    Dialect dialect = Dialect::Bpftrace;
    std::vector<Include> includes;
    std::vector<CDefinition> definitions;
    std::vector<ConfigItem> config;
    std::vector<Global> globals;
    std::vector<Macro> macros;
    std::vector<Function> functions;
    std::vector<ProbeAlias> aliases;
    std::vector<Probe> probes;
};

// The tree as text, one node a line, indented: `--dump parse`.
std::string to_text(const Script& script);

// As the language writes them: "struct sk_buff *[2]", "+", "-".
std::string to_text(const TypeName& type);
std::string_view to_text(BinaryOp op);
std::string_view to_text(UnaryOp op);
// As written: "kprobe:vfs_read", `kernel.function("x").call?`.
std::string to_text(const ProbePoint& point, Dialect dialect);

}  // namespace knowhy::lang
