// std::visit over the IR's variants, a lambda for each alternative.
#pragma once

namespace knowhy::ir {

template <typename... Lambdas>
struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};
template <typename... Lambdas>
Overloaded(Lambdas...) -> Overloaded<Lambdas...>;

}  // namespace knowhy::ir
