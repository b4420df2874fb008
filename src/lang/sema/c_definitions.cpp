#include "lang/sema/c_definitions.h"

#include <algorithm>
#include <cctype>

#include "lang/sema/c_types.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using symbols::Type;
using symbols::TypeId;

// Reads one definition. After an error nothing more is read of it.
class CReader {
  public:
    CReader(CDefinitions& into, const Source& source, Span span, Diagnostics& diagnostics)
        : into_(into),
          types_(*into.kernel_.types()),
          text_(source.text(span)),
          span_(span),
          diagnostics_(diagnostics) {}

    void definition() {
        next();
        const bool is_typedef = take("typedef");
        const auto type = specifier();
        if (!type || !is_typedef) return;
        while (!failed_ && !at_end() && word_ != ";") {
            const auto declared = declarator(*type);
            if (!declared) return;
            into_.types_[declared->name] = declared->type;
            if (!take(",")) break;
        }
    }

  private:
    struct Declared {
        std::string name;
        TypeId type = symbols::kVoid;
        uint32_t bits = 0;
    };

    static constexpr unsigned kMostNesting = 16;
    static constexpr uint64_t kMostBytes = 1U << 20U;

    [[nodiscard]] bool at_end() const { return word_.empty(); }

    // The next identifier, number or sign; comments and blanks are passed over.
    void next() {
        while (at_ < text_.size()) {
            if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
                ++at_;
            } else if (text_.substr(at_).starts_with("//")) {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (text_.substr(at_).starts_with("/*")) {
                at_ = std::min(text_.find("*/", at_), text_.size() - 2) + 2;
            } else {
                break;
            }
        }
        start_ = at_;
        const auto in_word = [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        };
        while (at_ < text_.size() && in_word(text_[at_])) ++at_;
        if (at_ == start_ && at_ < text_.size()) ++at_;
        word_ = text_.substr(start_, at_ - start_);
    }

    bool take(std::string_view word) {
        if (word_ != word) return false;
        next();
        return true;
    }

    void fail(std::string message) {
        if (failed_) return;
        failed_ = true;
        const auto from = span_.begin + static_cast<uint32_t>(start_);
        diagnostics_.error(codes::kCDefinition, {from, from + static_cast<uint32_t>(word_.size())},
                           std::move(message), "struct, union, enum and typedef are understood");
    }

    std::string name() {
        if (word_.empty() || (std::isalpha(static_cast<unsigned char>(word_.front())) == 0 &&
                              word_.front() != '_')) {
            fail("a name is missing here");
            return "";
        }
        std::string found(word_);
        next();
        return found;
    }

    std::optional<uint64_t> constant() {
        const bool negative = take("-");
        auto value = parse_number(word_);
        if (!value) {
            const auto known = into_.enumerator(word_);
            if (!known) {
                fail("a number is missing here");
                return std::nullopt;
            }
            value = static_cast<uint64_t>(known->value);
        }
        next();
        return negative ? 0 - *value : *value;
    }

    // What stands before the names: "const struct foo", "unsigned long", "u32".
    std::optional<TypeId> specifier() {
        while (take("const") || take("volatile") || take("extern") || take("static")) {
        }
        if (word_ == "struct" || word_ == "union") return aggregate();
        if (word_ == "enum") return enumeration();
        std::string words;
        const auto is_number_word = [](std::string_view word) {
            constexpr std::string_view kWords[] = {"unsigned", "signed", "long", "short",
                                                   "int",      "char",   "_Bool"};
            return std::ranges::find(kWords, word) != std::end(kWords);
        };
        if (!is_number_word(word_)) {
            const std::string named = name();
            if (failed_) return std::nullopt;
            if (named == "void") return symbols::kVoid;
            const auto type = into_.type(named);
            if (!type) fail("no type '" + named + "'");
            return type;
        }
        bool is_unsigned = false;
        unsigned longs = 0;
        uint32_t bytes = 4;
        bool is_char = false;
        while (is_number_word(word_)) {
            is_unsigned |= word_ == "unsigned";
            longs += word_ == "long" ? 1 : 0;
            if (word_ == "short") bytes = 2;
            if (word_ == "char") is_char = true;
            if (word_ == "_Bool") is_unsigned = true;
            if (word_ == "char" || word_ == "_Bool") bytes = 1;
            next();
        }
        if (longs > 0) bytes = 8;
        const std::string_view number_name = is_char && !is_unsigned ? "char" : "int";
        return number_type(types_, number_name, bytes, !is_unsigned);
    }

    std::optional<TypeId> aggregate() {
        const bool is_union = word_ == "union";
        next();
        std::string tag;
        if (word_ != "{") tag = name();
        const std::string full = (is_union ? "union " : "struct ") + tag;
        if (word_ != "{") {  // only named: defined elsewhere, maybe by the kernel
            if (const auto known = into_.type(full)) return known;
            Type incomplete;
            incomplete.kind = Type::Kind::Incomplete;
            incomplete.name = tag;
            incomplete.declared_union = is_union;
            return into_.types_[full] = types_.add(std::move(incomplete));
        }
        if (++nesting_ > kMostNesting) {
            fail("too many structures in one another");
            return std::nullopt;
        }
        next();
        const TypeId id = types_.add({});
        if (!tag.empty()) into_.types_[full] = id;  // a pointer to itself finds it
        Type type;
        type.kind = is_union ? Type::Kind::Union : Type::Kind::Struct;
        type.name = tag;
        Layout layout{.is_union = is_union};
        while (!failed_ && !at_end() && word_ != "}") member(type, layout);
        if (!take("}")) fail("'}' is missing");
        attributes(layout);
        type.bytes = layout.packed ? (layout.bits + 7) / 8
                                   : (layout.bits + 8 * layout.alignment - 1) /
                                         (8 * layout.alignment) * layout.alignment;
        types_.edit(id) = std::move(type);
        alignments_[id] = layout.alignment;
        --nesting_;
        return failed_ ? std::nullopt : std::optional(id);
    }

    struct Layout {
        bool is_union = false;
        bool packed = false;
        uint64_t bits = 0;  // so far
        uint64_t alignment = 1;
    };

    void attributes(Layout& layout) {
        if (!take("__attribute__")) return;
        unsigned open = 0;
        do {
            if (word_ == "(") ++open;
            if (word_ == ")") --open;
            if (word_ == "packed" || word_ == "__packed__")
                fail("packed structures are not supported");
            next();
        } while (open > 0 && !at_end());
        static_cast<void>(layout);
    }

    void member(Type& type, Layout& layout) {
        const auto base = specifier();
        if (!base) return;
        if (take(";")) return place(type, layout, {"", *base, 0});  // an unnamed struct or union
        do {
            const auto declared = declarator(*base);
            if (!declared) return;
            place(type, layout, *declared);
        } while (take(","));
        if (!take(";")) fail("';' is missing");
    }

    void place(Type& type, Layout& layout, const Declared& declared) {
        const uint64_t bytes = types_.bytes_of(declared.type);
        const uint64_t alignment = alignment_of(declared.type);
        layout.alignment = std::max(layout.alignment, alignment);
        uint64_t at = layout.is_union ? 0 : layout.bits;
        if (declared.bits > 0) {  // a bitfield does not cross a unit of its type
            if (at / (8 * bytes) != (at + declared.bits - 1) / (8 * bytes))
                at = (at + 8 * bytes - 1) / (8 * bytes) * (8 * bytes);
        } else {
            at = (at + 8 * alignment - 1) / (8 * alignment) * (8 * alignment);
        }
        type.members.push_back({declared.name, declared.type, at, declared.bits});
        const uint64_t end = at + (declared.bits > 0 ? declared.bits : 8 * bytes);
        layout.bits = std::max(layout.bits, end);
        if (layout.bits > 8 * kMostBytes) fail("this structure is too large");
    }

    uint64_t alignment_of(TypeId id) {
        const TypeId resolved = types_.resolved(id);
        if (const auto known = alignments_.find(resolved); known != alignments_.end())
            return known->second;
        const Type& type = types_[resolved];
        if (type.kind == Type::Kind::Array) return alignment_of(type.target);
        if (type.kind != Type::Kind::Struct && type.kind != Type::Kind::Union)
            return std::clamp<uint64_t>(type.bytes, 1, 8);
        uint64_t most = 1;
        if (++nesting_ <= kMostNesting)
            for (const symbols::Member& member : type.members)
                most = std::max(most, alignment_of(member.type));
        --nesting_;
        return most;
    }

    // "*name[4]", "name : 3", "(*name)(...)".
    std::optional<Declared> declarator(TypeId base) {
        Declared declared{"", base, 0};
        while (take("*")) {
            declared.type = pointer_to(types_, declared.type);
            while (take("const") || take("volatile")) {
            }
        }
        if (take("(")) {  // a pointer to a function: that it is a pointer is enough
            if (!take("*")) fail("'*' is missing");
            declared.name = name();
            declared.type = pointer_to(types_, symbols::kVoid);
            for (unsigned open = 1; open > 0 && !at_end(); next()) {
                if (word_ == "(") ++open;
                if (word_ == ")") --open;
            }
            for (unsigned open = 0; word_ == "(" || open > 0; next()) {
                if (at_end()) break;
                if (word_ == "(") ++open;
                if (word_ == ")") --open;
            }
            return failed_ ? std::nullopt : std::optional(declared);
        }
        declared.name = name();
        std::vector<std::optional<uint64_t>> dimensions;
        while (take("[")) {
            dimensions.push_back(word_ == "]" ? std::nullopt : constant());
            if (!take("]")) fail("']' is missing");
        }
        for (size_t i = dimensions.size(); i-- > 0;) {  // the innermost first
            if (dimensions[i].value_or(0) > kMostBytes) fail("this array is too large");
            declared.type = array_of(types_, declared.type, dimensions[i]);
        }
        if (take(":")) {
            const auto bits = constant();
            const uint64_t room = 8 * types_.bytes_of(declared.type);
            if (!bits || *bits == 0 || *bits > room)
                fail("a bitfield of that width does not fit its type");
            else
                declared.bits = static_cast<uint32_t>(*bits);
        }
        return failed_ ? std::nullopt : std::optional(declared);
    }

    std::optional<TypeId> enumeration() {
        next();
        std::string tag;
        if (word_ != "{") tag = name();
        if (word_ != "{") {
            const auto known = into_.type("enum " + tag);
            if (!known) fail("no type 'enum " + tag + "'");
            return known;
        }
        next();
        Type type;
        type.kind = Type::Kind::Enum;
        type.name = tag;
        type.bytes = 4;
        type.is_signed = true;
        const TypeId id = types_.add({});
        int64_t value = 0;
        while (!failed_ && !at_end() && word_ != "}") {
            const std::string each = name();
            if (take("=")) value = static_cast<int64_t>(constant().value_or(0));
            type.enumerators.push_back({each, value});
            into_.enumerators_[each] = {value, id};
            ++value;
            if (!take(",")) break;
        }
        if (!take("}")) fail("'}' is missing");
        types_.edit(id) = std::move(type);
        if (!tag.empty()) into_.types_["enum " + tag] = id;
        return id;
    }

    CDefinitions& into_;
    symbols::Types& types_;
    std::string_view text_;
    Span span_;
    Diagnostics& diagnostics_;
    size_t at_ = 0;
    size_t start_ = 0;
    std::string_view word_;
    unsigned nesting_ = 0;
    bool failed_ = false;
    std::map<TypeId, uint64_t> alignments_;
};

void CDefinitions::read(const Source& source, Span span, Diagnostics& diagnostics) {
    CReader(*this, source, span, diagnostics).definition();
}

std::optional<TypeId> CDefinitions::type(std::string_view name) {
    if (const auto own = types_.find(name); own != types_.end()) return own->second;
    return kernel_.type(name);
}

std::optional<Enumerated> CDefinitions::enumerator(std::string_view name) const {
    if (const auto own = enumerators_.find(name); own != enumerators_.end()) return own->second;
    return kernel_.enumerator(name);
}

}  // namespace knowhy::lang
