// The grammar, a function for each rule: declarations (parser.cpp), statements, expressions, types.
#pragma once

#include "lang/ast/parsing.h"
#include "lang/bpftrace/lexer.h"

namespace knowhy::lang::bpftrace {

class Grammar : private Parsing {
  public:
    Grammar(const Source& source, Lexer& lexer, Diagnostics& diagnostics)
        : Parsing(lexer, diagnostics), source_(source), lexer_(lexer) {}

    Script script();

  private:
    // What stands between braces. A last expression without a semicolon is its value.
    struct Content {
        Block statements;
        ExprPtr value;
    };

    // parser.cpp
    void declaration();
    void c_definition();
    void config();
    void config_item();
    void import_statement();
    void map_declaration();
    void macro();
    Macro::Parameter macro_parameter();
    void function();
    Function::Parameter function_parameter();
    void probe();
    void refuse_late(std::string_view what);

    // statements.cpp
    Content content();
    Block block();  // the value of its last expression is not used
    void statement(Content& into);
    bool keyword_statement(Content& into);
    void simple_statement(Content& into);
    void end_statement(Content& into, ExprPtr value);
    void if_statement(Content& into);
    StmtPtr let();
    StmtPtr while_loop();
    StmtPtr for_loop();
    StmtPtr for_map(uint32_t begin, std::string variable);
    StmtPtr for_range(uint32_t begin, std::string variable);
    StmtPtr unroll();
    StmtPtr return_statement();
    ExprPtr condition();

    // expressions.cpp
    ExprPtr expression();
    ExprPtr assignment_or_expression();
    ExprPtr assignment(ExprPtr target);
    ExprPtr ternary();
    ExprPtr binary(int lowest);
    ExprPtr unary();
    void refuse_step(const Expr& target);  // unless it can be counted up and down
    ExprPtr step_before();
    ExprPtr postfix();
    ExprPtr access(ExprPtr object);
    ExprPtr primary();
    ExprPtr word();
    ExprPtr call();
    ExprPtr argument();
    ExprPtr map();
    ExprPtr variable();
    ExprPtr if_value();
    ExprPtr in_parentheses();
    ExprPtr record();
    ExprPtr tuple_or_group();
    ExprPtr cast();
    ExprPtr size_of();
    ExprPtr offset_of();
    std::string offset_path();
    [[nodiscard]] bool at_predicate_end();

    // types.cpp
    TypeName type();
    void type_base(TypeName& into);
    void type_suffix(TypeName& into);
    std::optional<uint64_t> number();
    // What may be a type `ahead` tokens from here: where it ends, and whether it can be nothing
    // else.
    struct TypeAhead {
        size_t end = 0;
        bool certain = false;
    };
    std::optional<TypeAhead> type_ahead(size_t ahead);
    std::optional<TypeAhead> type_base_ahead(size_t ahead);
    size_t behind_brackets(size_t ahead);
    bool cast_ahead();

    const Source& source_;
    Lexer& lexer_;
    Script script_;
    bool in_predicate_ = false;
};

}  // namespace knowhy::lang::bpftrace
