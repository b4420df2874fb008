// The grammar, a function for each rule: declarations (parser.cpp), probe points, statements,
// foreach, expressions, target variables.
#pragma once

#include "lang/ast/parsing.h"

namespace knowhy::lang::stap {

class Grammar : private Parsing {
  public:
    Grammar(TokenSource& tokens, Diagnostics& diagnostics) : Parsing(tokens, diagnostics) {}

    Script script();

  private:
    // parser.cpp
    void declaration();
    void global();
    Global one_global();
    void global_size(Global& into);
    void function();
    bool is_string_type();
    Function::Parameter function_parameter();
    int64_t signed_number(std::string_view what);
    void probe();
    Block embedded_c();

    // points.cpp
    std::vector<ProbePoint> points();
    std::vector<ProbePoint> point();
    std::vector<ProbePoint> components();
    std::vector<ProbePoint> component();
    [[nodiscard]] bool at_alternatives();
    std::vector<ProbePoint> alternatives();
    ProbePoint::Part part();
    std::string part_name();
    void part_argument(ProbePoint::Part& into);

    // statements.cpp
    Block block();
    Block body();  // a block, or one statement
    StmtPtr statement();
    StmtPtr if_statement();
    StmtPtr while_loop();
    StmtPtr for_loop();
    StmtPtr return_statement();
    StmtPtr delete_statement();
    StmtPtr try_statement();

    // foreach.cpp
    StmtPtr foreach_loop();
    void foreach_keys(Foreach& into);
    Foreach::Key foreach_key();
    void foreach_array(Foreach& into);
    Order order();

    // expressions.cpp
    ExprPtr expression();
    ExprPtr assignment();
    ExprPtr ternary();
    ExprPtr binary(int lowest);
    ExprPtr membership();
    ExprPtr keys_in_array();
    std::string array_name();
    ExprPtr unary();
    ExprPtr step_before();
    ExprPtr postfix();
    ExprPtr access(ExprPtr object);
    ExprPtr primary();
    ExprPtr strings();
    ExprPtr name();
    ExprPtr key();

    // targets.cpp
    ExprPtr target();
    ExprPtr pretty(ExprPtr object);
    [[nodiscard]] bool at_pretty();
    ExprPtr at_operator();
    ExprPtr named_cast(uint32_t start);
    ExprPtr target_by_name(uint32_t start);
    std::string quoted(std::string_view what);

    Script script_;
};

}  // namespace knowhy::lang::stap
