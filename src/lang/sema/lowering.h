// One program's way from the tree to the IR: expressions to values, statements to control flow.
//
// Typing and code are one pass, so that a rule is written once (script_context.h says how types
// that are not known yet are found). What a builtin or a function is stands in their tables
// (builtins.h, functions.h), whose hooks call back here.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast/ast.h"
#include "lang/sema/emitter.h"
#include "lang/sema/probes.h"
#include "lang/sema/script_context.h"
#include "lang/sema/script_functions.h"
#include "lang/sema/value.h"

namespace knowhy::lang {

enum class AggregatePart : uint8_t;  // aggregate_values.h

class Lowering {
  public:
    Lowering(ScriptContext& script, const ProbeSite& site, VariableTypes& variables,
             ir::Program& program);

    void probe(const Probe& probe);

    // ---- Expressions (expressions.cpp, operators.cpp)
    Value value(const Expr& expr);
    // A number in a register or constant; an error where the value is none.
    ir::Operand number(const Expr& expr);
    std::optional<int64_t> constant(const Expr& expr);
    std::optional<std::string> text(const Expr& expr);  // of a literal, or a positional parameter
    void branch_on(const Expr& condition, ir::BlockId yes, ir::BlockId no);
    Value converted(Value value, const TypeName& to, Span span);

    // ---- Memory (memory.cpp)
    // What a C type of this address holds: a scalar is read now, a struct when its field is asked.
    Value read(symbols::TypeId c_type, ir::Operand address, bool user_space);
    Value field(const Value& object, const Field& field, Span span);
    Value element(const Value& object, ir::Operand index, std::optional<uint64_t> known, Span span);
    Value dereferenced(const Value& pointer, Span span);
    Value from_context(uint32_t offset, const Type& type);  // a scalar
    // Reads into a place; what cannot be read is zero, and counted.
    void read_bytes(const ir::Place& to, uint32_t bytes, ir::Operand address, bool user_space);
    // A string of memory, zero-padded. Where it lies is told by the address when nothing else says.
    Value read_string(ir::Operand address, ir::Operand most, uint32_t room,
                      std::optional<bool> user_space);
    // Writes a value as this type has it.
    void put(const ir::Place& to, const Type& as, const Value& value);
    // A value of a type that lies in memory, in a place of its own or where it is already.
    ir::Place in_place(const Value& value, const Type& as);
    Value loaded(const ir::Place& from, const Type& type);  // its inverse
    // What a C type's values are to a script.
    Type script_type(symbols::TypeId c_type);
    std::optional<symbols::TypeId> c_type(const TypeName& name);
    std::optional<Type> type_named(const TypeName& name);

    // ---- Variables of the probed code (probed.cpp)
    Value probed_variable(const std::string& name, Span span);
    std::optional<symbols::CodePlace> code_place(Span span);

    // ---- SystemTap's own (stap_values.cpp)
    [[nodiscard]] bool is_stap() const;
    [[nodiscard]] bool is_global(const std::string& name) const;
    Value stap_name(const std::string& name, Span span);
    Value target_variable(const std::string& name, Span span);
    Value typed_return(Span span);

    // ---- Maps (maps.cpp)
    Value map_value(const MapAccess& access, Span span);
    void assign_to_map(const MapAccess& access, Span span, const Value& value);
    Value step_map(const MapAccess& access, Span span, int64_t by, bool prefix);
    // Whether it was there.
    Value delete_from_map(const MapAccess& access, Span span);
    Value delete_key(const std::string& map, const std::vector<const Expr*>& keys, Span span);
    Value has_key(const std::string& map, const std::vector<const Expr*>& keys, Span span);
    // `@x[k] = count()` and its kin.
    bool aggregate(const MapAccess& access, Span span, const Call& call);
    ir::Place key_place(const std::string& map, const std::vector<const Expr*>& keys, bool has_keys,
                        Span span);
    ir::Place key_place(const MapAccess& access, Span span);

    // ---- Output (outputs.cpp)
    // Sends a record with these fields.
    void send(OutputKind kind, const std::vector<Value>& fields, Span span);

    // ---- Statements (statements.cpp)
    void block(const lang::Block& statements);
    void statement(const Stmt& statement);
    void leave();  // ends the program from here

    // ---- Functions of the script's own (script_functions.cpp)
    Value call_own(const Call& call, Span span);

    // ---- SystemTap's texts (tapset_strings.cpp)
    Value concatenated(const Value& left, const Value& right, Span span);
    ir::Operand order_of_texts(const Value& left, const Value& right);
    // Of tokenize(): the text it goes on with, and from where.
    std::pair<ir::Place, ir::Place> token_state();

    // ---- SystemTap's statistics (stap_statistics.cpp)
    Value statistic(const Expr& expr, AggregatePart part, Span span);
    void histogram(const Call& call, Span span);  // sends one: @hist_log(x)

    // ---- What fails (failures.cpp)
    // Ends the innermost `try` around this, or the script.
    void fail(const Value& message, Span span);
    void fail_where_zero(ir::Operand divisor, Span span);
    // Whether what fails here has a `catch` to go to.
    [[nodiscard]] bool is_guarded() const { return !scope_.guards.empty() || scope_.guarded; }

    // ---- For the tables' hooks
    ir::Operand context_address();
    ir::Operand same_bytes(const Value& left, const Value& right, Span span);
    // Adds one to a counter of Plan::kLost when the status is negative.
    void count_on_failure(ir::Operand status, uint32_t counter);
    // Where something fails in a `try` block its `catch` is gone to; elsewhere it is counted.
    void count_fault(ir::Operand status, std::string_view what = "memory cannot be read");
    ScriptContext& script() { return script_; }
    Emitter& emitter() { return emit_; }
    const ProbeSite& site() const { return site_; }
    Value argument_register(unsigned number, Span span);  // arg0...
    Value return_value(Span span);
    Value register_named(std::string_view name, Span span);
    Value argument_named(const std::string& name, Span span, Span whole);
    // What a message calls the probe: "kretprobe"; of SystemTap's, whose points have no one name,
    // "this probe".
    [[nodiscard]] std::string probe_text() const {
        return is_stap() ? "this probe" : site_.provider;
    }
    void error(std::string_view code, Span span, std::string message, std::string hint = {}) {
        script_.error(code, span, std::move(message), std::move(hint));
    }

  private:
    struct Unrolled {        // an `unroll` around what is being written: no function of its own
        unsigned loops = 0;  // around it
        ir::BlockId next;
        ir::BlockId after;
    };
    struct Guard {  // a `try` around what is being written
        ir::BlockId handler;
        unsigned nested = 0;  // where it stands
    };
    struct Element {  // of a map
        std::string map;
        ir::Place key;
    };
    // What names mean, and where things go on: of the probe, or of a function of the script's own.
    struct Scope {
        VariableTypes* variables = nullptr;
        Homes homes;
        std::map<std::string, Element> elements = {};  // values of foreach that are statistics
        const Function* function = nullptr;
        std::optional<Home> result;
        unsigned loops = 0;  // around what is being written
        std::vector<Unrolled> unrolled = {};
        std::vector<Guard> guards;
        bool guarded = false;  // called from a `try`
    };
    // Why loops and functions end before their end; in the buffer left().
    enum class Left : uint8_t { No, Program, Function, Failed };

    struct Target {  // of an assignment
        const MapAccess* map = nullptr;
        std::optional<std::string> variable;
        std::unique_ptr<MapAccess> whole;  // a global of SystemTap's, as the map that it is
    };
    Target target_of(const Expr& expr);

    Value of(const Integer& node, Span span);
    Value of(const String& node, Span span);
    Value of(const Boolean& node, Span span);
    Value of(const Name& node, Span span);
    Value of(const Positional& node, Span span);
    Value of(const Variable& node, Span span);
    Value of(const TargetVariable& node, Span span);
    Value of(const MapAccess& node, Span span);
    Value of(const Field& node, Span span);
    Value of(const Index& node, Span span);
    Value of(const TupleField& node, Span span);
    Value of(const Call& node, Span span);
    Value of(const Unary& node, Span span);
    Value of(const Binary& node, Span span);
    Value of(const Conditional& node, Span span);
    Value of(const Assign& node, Span span);
    Value of(const Step& node, Span span);
    Value of(const Cast& node, Span span);
    Value of(const NamedCast& node, Span span);
    Value of(const SizeOf& node, Span span);
    Value of(const OffsetOf& node, Span span);
    Value of(const TupleOf& node, Span span);
    Value of(const TypeValue& node, Span span);
    Value of(const BlockValue& node, Span span);
    Value of(const InMap& node, Span span);
    Value of(const Pretty& node, Span span);

    Value typed_argument(uint32_t offset, symbols::TypeId c_type);
    Value located_value(const std::string& name, const symbols::CodeVariable& variable, Span span);
    ir::Operand register_value(symbols::Register number);
    std::optional<ir::Operand> expression_value(const symbols::Location& location);
    std::optional<symbols::TypeId> c_type_of(std::string text);
    Value record_field(const std::string& name, Span span);
    std::optional<uint32_t> user_part(const std::string& map);
    ir::Reg value_in_map(ir::MapId map, const ir::Place& key, uint32_t bytes, ir::BlockId full);
    void accumulate(ir::MapId map, const ir::Place& key, const Type& type, ir::Operand number);
    ir::Operand bucket_of(const Type& type, ir::Operand number);
    ir::Operand log2(ir::Operand number);
    Value at_offset(const Value& object, symbols::TypeId c_type, uint64_t offset);
    Value bitfield(const Value& object, const symbols::FieldPlace& place);
    ir::Operand address_of(const Value& object);
    std::optional<Value> address_of(const Expr& expr);

    Value arithmetic(BinaryOp op, const Value& left, const Value& right, Span span);
    Value pointer_arithmetic(BinaryOp op, const Value& pointer, const Value& by, Span span);
    ir::Operand compared(BinaryOp op, const Value& left, const Value& right, Span span);
    [[nodiscard]] bool is_signed(const Value& left, const Value& right) const;
    Value logical(const Binary& node);
    bool is_number(const Value& value, Span span, std::string_view what);

    void of(const ExprStmt& node, Span span);
    void of(const Let& node, Span span);
    void of(const If& node, Span span);
    void of(const While& node, Span span);
    void of(const For& node, Span span);
    void of(const ForMap& node, Span span);
    void of(const ForRange& node, Span span);
    void of(const Unroll& node, Span span);
    void of(const Foreach& node, Span span);
    void of(const Break& node, Span span);
    void of(const Continue& node, Span span);
    void of(const Next& node, Span span);
    void of(const Return& node, Span span);
    void of(const Delete& node, Span span);
    void of(const Try& node, Span span);
    void of(const lang::Block& node, Span span);

    void assign_to_variable(const std::string& name, Span span, const Value& value);
    Home* home_of(const std::string& name);
    Emitter::Parameters begin_loop_body(std::string_view name,
                                        const std::vector<ir::Type>& parameters);
    void end_loop_body();
    void run_loop(ir::FunctionId body);
    // Behind a loop or a call: goes on where it ended as it should.
    void after_call();
    void leave_by(Left why);
    ir::Place left();
    ir::Place failure_text();

    std::optional<Value> script_argument(const std::string& name);
    void assign_named(const std::string& name, Span span, const Value& value);
    std::optional<uint32_t> walk_order(const Foreach& node, const Type& value, Span span);
    void delete_all(const std::string& map);
    void accumulate_statistic(const MapAccess& access, const Value& number, Span span);
    std::optional<Element> statistic_at(const Expr& expr);
    std::optional<uint32_t> histogram_map(const std::string& global, const Type& type);
    void delete_histograms(const MapAccess& access, Span span);

    void learn_declared(const Function& function, FunctionFacts& facts);
    void learn_argument(const Function& function, size_t index, const Value& value, Span span);
    const OwnFunction* code_of(const Function& function, Span span);
    void give_result(const Value& value, Span span);

    ScriptContext& script_;
    const ProbeSite& site_;
    Emitter emit_;
    Scope scope_;
    unsigned nested_ = 0;                    // functions of the IR around what is being written
    std::optional<ir::Place> left_;          // a Left, 8 bytes
    std::optional<ir::Place> failure_text_;  // what went wrong
    std::optional<std::pair<ir::Place, ir::Place>> tokens_;
    std::map<std::pair<const Function*, bool>, OwnFunction> own_functions_;  // guarded or not
    std::vector<const Function*> calling_;
    std::optional<ir::Place> scratch_;  // for values on their way into a register
};

}  // namespace knowhy::lang
