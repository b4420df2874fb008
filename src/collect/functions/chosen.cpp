#include "collect/functions/chosen.h"

#include <algorithm>

#include "base/text.h"
#include "collect/functions/sets.h"
#include "model/drop.h"

namespace knowhy::collect {
namespace {

// What a BPF trampoline passes on everywhere.
constexpr size_t kMostArguments = 6;

class Choice {
  public:
    explicit Choice(lang::Kernel& kernel) : kernel_(kernel) {}

    Status add(const std::string& word) {
        if (!word.starts_with('@')) return add_functions(word);
        const FunctionSet* set = function_set(word.substr(1));
        if (set == nullptr) {
            std::string names;
            for (const FunctionSet& each : function_sets())
                names += (names.empty() ? "@" : ", @") + each.name;
            return fail(ErrorKind::Usage, "no set '{}'; there are: {}", escaped(word), names);
        }
        for (const std::string& function : set->functions) KW_CHECK_OK(add_functions(function));
        return {};
    }

    std::vector<ChosenFunction> take() { return std::move(chosen_); }

  private:
    Status add_functions(const std::string& word) {
        const size_t colon = word.find(':');
        const std::string module = colon == std::string::npos ? "" : word.substr(0, colon);
        const std::string name = colon == std::string::npos ? word : word.substr(colon + 1);
        if (name.empty()) return fail(ErrorKind::Usage, "'{}' names no function", escaped(word));
        KW_TRY(auto found, kernel_.functions(name, module));
        // A glob lists what ftrace reaches; a function that is only traced by its entry is in BTF.
        for (const lang::KernelFunction& one : found) add_body(one);
        if (found.empty() && !is_known(name, module))
            chosen_.push_back({name, module, {}, "this kernel has no such function"});
        return {};
    }

    [[nodiscard]] bool is_known(const std::string& name, const std::string& module) const {
        return std::ranges::any_of(chosen_, [&](const ChosenFunction& one) {
            return one.name == name && (module.empty() || one.module == module);
        });
    }

    void add_body(const lang::KernelFunction& function) {
        const std::string plain = model::without_clone_suffix(function.name);
        auto known = std::ranges::find_if(chosen_, [&](const ChosenFunction& one) {
            return one.name == plain && one.module == function.module;
        });
        if (known == chosen_.end()) known = chosen_.insert(known, {plain, function.module, {}, ""});
        if (std::ranges::find(known->bodies, function.name, &FunctionBody::symbol) !=
            known->bodies.end())
            return;
        const auto prototype = kernel_.prototype(function);
        FunctionBody body{function.name, function.module, Rung::Kprobe, prototype.has_value()};
        if (prototype && can_be_traced(*prototype)) body.rung = Rung::Fentry;
        known->bodies.push_back(std::move(body));
    }

    [[nodiscard]] bool can_be_traced(symbols::TypeId prototype) const {
        const symbols::Types& types = *kernel_.types();
        const auto& parameters = types[prototype].members;
        return parameters.size() <= kMostArguments &&
               std::ranges::none_of(parameters, [&](const symbols::Member& parameter) {
                   using Kind = symbols::Type::Kind;
                   const Kind kind = types[types.resolved(parameter.type)].kind;
                   const bool variadic = parameter.name.empty() && kind == Kind::Void;
                   return variadic || kind == Kind::Struct || kind == Kind::Union ||
                          kind == Kind::Float;
               });
    }

    lang::Kernel& kernel_;
    std::vector<ChosenFunction> chosen_;
};

}  // namespace

Result<std::vector<ChosenFunction>> choose_functions(const std::vector<std::string>& wanted,
                                                     lang::Kernel& kernel) {
    Choice choice(kernel);
    for (const std::string& word : wanted) KW_CHECK_OK(choice.add(word));
    return choice.take();
}

}  // namespace knowhy::collect
