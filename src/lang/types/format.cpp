#include "lang/types/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::lang {
namespace {

using model::Conversion;
using model::FormatDialect;
using model::FormatPiece;
using model::FormatProblem;
using Kind = Type::Kind;

bool is_number(const Type& type) {
    switch (type.kind) {
        case Kind::Integer:
        case Kind::Boolean:
        case Kind::Pointer:
        case Kind::Enum:
        case Kind::Count:
        case Kind::Sum:
        case Kind::Min:
        case Kind::Max:
        case Kind::Average:
            return true;
        default:
            return false;
    }
}

struct Demand {
    bool (*meets)(const Type&);
    std::string_view what;  // "an integer"
};

Demand demand(const Conversion& conversion, FormatDialect dialect) {
    switch (conversion.letter) {
        case 'r':
            return {[](const Type& type) { return type.kind == Kind::Bytes; }, "a buffer"};
        case 'm':
        case 'M':
            return {[](const Type& type) { return type.kind == Kind::Bytes; }, "an address"};
        case 's':
            if (dialect == FormatDialect::Bpftrace) {
                return {[](const Type& type) { return type.kind != Kind::None; }, "a value"};
            }
            return {[](const Type& type) { return !is_number(type) && type.kind != Kind::None; },
                    "a string"};
        default:
            return {is_number, "an integer"};
    }
}

std::string hint_for(const Type& given, FormatDialect dialect) {
    if (given.kind == Kind::Bytes && dialect == FormatDialect::Bpftrace) {
        return "%r, %rx and %rh print a buffer";
    }
    if (is_number(given)) return "%d prints it";
    return given.kind == Kind::None ? "" : "%s prints it";
}

class Checker {
  public:
    Checker(std::string_view format, FormatDialect dialect, const std::vector<Type>& given,
            const symbols::Types& types)
        : format_(format), dialect_(dialect), given_(given), types_(types) {}

    std::optional<FormatProblem> check() {
        const auto pieces = model::parse_format(format_, dialect_);
        if (!pieces) return pieces.error();
        if (auto problem = count(*pieces)) return problem;
        for (const FormatPiece& piece : *pieces) {
            if (!piece.conversion) continue;
            if (auto problem = take(*piece.conversion)) return problem;
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] std::optional<FormatProblem> count(const std::vector<FormatPiece>& pieces) const {
        const size_t taken = model::values_of(pieces);
        if (taken == given_.size()) return std::nullopt;
        FormatProblem problem{0, static_cast<uint32_t>(format_.size()), "", ""};
        problem.message = fmt::format(
            "the format takes {}, and {} given", counted(taken, "value"),
            given_.size() == 1 ? std::string("1 is") : fmt::format("{} are", given_.size()));
        const bool flags = format_.find("%gr") != std::string_view::npos;
        if (flags && dialect_ == FormatDialect::Bpftrace)
            problem.hint = "%gr is not supported: %x prints the flags as a number";
        else
            problem.hint = given_.size() > taken && has_strange_percent(pieces)
                               ? "a % that begins no conversion is printed as it is"
                               : "each conversion takes the next value; %% prints a %";
        return problem;
    }

    // A % that was left as text: why there are fewer conversions than somebody meant.
    // Why there may be fewer conversions than somebody meant.
    [[nodiscard]] bool has_strange_percent(const std::vector<FormatPiece>& pieces) const {
        if (format_.find("%%") != std::string_view::npos) return false;
        return std::ranges::any_of(pieces, [](const FormatPiece& piece) {
            return piece.text.find('%') != std::string::npos;
        });
    }

    std::optional<FormatProblem> take(const Conversion& conversion) {
        for (const bool starred : {conversion.width_given, conversion.precision_given}) {
            if (!starred) continue;
            const Type& type = given_[next_++];
            if (!is_number(type)) return problem(conversion, "a * width", "an integer", type);
        }
        const Type& type = given_[next_++];
        const auto [meets, what] = demand(conversion, dialect_);
        if (meets(type)) return std::nullopt;
        return problem(conversion,
                       format_.substr(conversion.begin, conversion.end - conversion.begin), what,
                       type);
    }

    [[nodiscard]] FormatProblem problem(const Conversion& conversion, std::string_view who,
                                        std::string_view what, const Type& given) const {
        return {conversion.begin, conversion.end,
                fmt::format("{} takes {}, not {}", who, what, to_text(given, types_)),
                hint_for(given, dialect_)};
    }

    std::string_view format_;
    FormatDialect dialect_;
    const std::vector<Type>& given_;
    const symbols::Types& types_;
    size_t next_ = 0;
};

}  // namespace

std::optional<FormatProblem> check_format(std::string_view format, FormatDialect dialect,
                                          const std::vector<Type>& given,
                                          const symbols::Types& types) {
    return Checker(format, dialect, given, types).check();
}

}  // namespace knowhy::lang
