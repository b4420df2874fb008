// Ways out: of loops, functions and programs, and what fails (SystemTap's try, error()).
//
// A loop's body and a function of the script's own are functions of the IR. What leaves more than
// the innermost one says why in the buffer left(), and each caller looks there and goes on leaving.
#include "lang/sema/lowering.h"
#include "lang/sema/tapset.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Operand;
using ir::Place;

Place Lowering::left() {
    if (!left_) {
        left_ = emit_.new_buffer("left", 8);
        emit_.at_start(ir::Fill{*left_, 8, 0});
    }
    return *left_;
}

void Lowering::leave_by(Left why) {
    const bool one_step = why == Left::Function ? scope_.loops == 0 : nested_ == 0;
    if (one_step) return emit_.give_back(Constant{0});
    emit_.store(left(), 8, Constant{static_cast<uint64_t>(why)});
    emit_.give_back(Constant{1});
}

void Lowering::after_call() {
    const ir::BlockId gone = emit_.new_block();
    const ir::BlockId on = emit_.new_block();
    const ir::Reg why = emit_.in_register(emit_.load(left(), 8));
    emit_.branch(Compare::NotEqual, why, Constant{0}, gone, on);
    emit_.go_on_in(gone);
    // The block that is gone to when it left for this reason, which ends here.
    const auto ended_by = [&](Left reason) {
        const ir::BlockId here = emit_.new_block();
        const ir::BlockId further_out = emit_.new_block();
        emit_.branch(Compare::Equal, why, Constant{static_cast<uint64_t>(reason)}, here,
                     further_out);
        emit_.go_on_in(here);
        emit_.store(left(), 8, Constant{0});
        return further_out;
    };
    if (!scope_.guards.empty() && scope_.guards.back().nested == nested_) {
        const ir::BlockId further_out = ended_by(Left::Failed);
        emit_.jump(scope_.guards.back().handler);
        emit_.go_on_in(further_out);
    }
    if (scope_.loops == 0 && scope_.function != nullptr) {
        const ir::BlockId further_out = ended_by(Left::Function);
        emit_.give_back(Constant{0});
        emit_.go_on_in(further_out);
    }
    emit_.give_back(Constant{nested_ > 0 ? 1U : 0U});
    emit_.go_on_in(on);
}

// ---- What fails

Place Lowering::failure_text() {
    if (!failure_text_) failure_text_ = emit_.new_buffer("failure", stap_string().bytes);
    return *failure_text_;
}

void Lowering::fail(const Value& message, Span span) {
    const bool has_guard = !scope_.guards.empty();
    if (!is_guarded()) {
        send(FailureOutput{}, {message}, span);
        return leave();
    }
    put(failure_text(), stap_string(), message);
    if (has_guard && scope_.guards.back().nested == nested_)
        return emit_.jump(scope_.guards.back().handler);
    leave_by(Left::Failed);
}

void Lowering::count_fault(Operand status, std::string_view what) {
    if (!is_guarded()) return count_on_failure(status, Plan::kFaults);
    const ir::BlockId bad = emit_.new_block();
    const ir::BlockId good = emit_.new_block();
    emit_.branch(Compare::SignedLess, status, Constant{0}, bad, good);
    emit_.go_on_in(bad);
    fail(Value::of(stap_string(), Text{std::string(what)}), {});
    emit_.go_on_in(good);
}

void Lowering::fail_where_zero(Operand divisor, Span span) {
    constexpr std::string_view kWhat = "division by 0";
    if (const auto known = constant_of(divisor); known && *known != 0) return;
    const ir::BlockId bad = emit_.new_block();
    const ir::BlockId good = emit_.new_block();
    emit_.branch(Compare::Equal, divisor, Constant{0}, bad, good);
    emit_.go_on_in(bad);
    fail(Value::of(Type::string(kWhat.size() + 1), Text{std::string(kWhat)}), span);
    emit_.jump_into(good);
}

void Lowering::of(const Try& node, Span span) {
    const ir::BlockId handler = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    scope_.guards.push_back({handler, nested_});
    block(node.body);
    scope_.guards.pop_back();
    emit_.jump(after);
    emit_.go_on_in(handler);
    if (!node.message.empty())
        assign_to_variable(node.message, span, Value::of(stap_string(), failure_text()));
    block(node.handler);
    emit_.jump_into(after);
}

}  // namespace knowhy::lang
