// Any bytes decode and print, whatever the type: the first bytes choose one, the others are the
// value, and what is left of them is a format.
#include <cstdlib>

#include "lang/types/format.h"
#include "lang/values/decode.h"
#include "lang/values/values_testing.h"

using namespace knowhy;        // NOLINT(google-build-using-namespace)
using namespace knowhy::lang;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

class Input {
  public:
    explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    uint8_t byte() {
        if (bytes_.empty()) return 0;
        const uint8_t first = bytes_[0];
        bytes_ = bytes_.subspan(1);
        return first;
    }
    std::span<const uint8_t> take(size_t size) {
        const auto taken = bytes_.first(std::min(size, bytes_.size()));
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }

  private:
    std::span<const uint8_t> bytes_;
};

// C types that refer to those before them, and, by a struct's last member, to themselves.
std::vector<symbols::TypeId> add_c_types(Input& input, symbols::Types& types) {
    std::vector<symbols::TypeId> ids = {symbols::kVoid};
    for (unsigned count = input.byte() % 8; count > 0; --count) {
        symbols::Type type;
        type.kind = static_cast<symbols::Type::Kind>(input.byte() % 16);
        type.bytes = input.byte() % 20;
        type.is_signed = input.byte() % 2 != 0;
        type.target = ids[input.byte() % ids.size()];
        type.count = input.byte();
        type.name = input.byte() % 4 == 0 ? "char" : "type";
        type.enumerators = {{"ZERO", 0}};
        for (unsigned members = input.byte() % 5; members > 0; --members) {
            type.members.push_back({input.byte() % 3 == 0 ? "" : "m",
                                    ids[input.byte() % ids.size()], input.byte(),
                                    input.byte() % 80U});
        }
        const bool is_aggregate = !type.members.empty();
        ids.push_back(types.add(std::move(type)));
        if (is_aggregate) types.edit(ids.back()).members.back().type = ids.back();
    }
    return ids;
}

Type type_of(Input& input, const std::vector<symbols::TypeId>& c_types, unsigned depth) {
    Type type = Type::of(static_cast<Type::Kind>(
        input.byte() % (static_cast<unsigned>(Type::Kind::LinearHistogram) + 1)));
    if (type.bytes == 0) type.bytes = input.byte();
    type.is_signed = input.byte() % 2 != 0;
    type.c_type = c_types[input.byte() % c_types.size()];
    type.hist_bits = input.byte();
    type.min = input.byte();
    type.max = static_cast<int64_t>(input.byte()) << (input.byte() % 40);
    type.step = static_cast<int8_t>(input.byte());
    type.stack.mode = static_cast<Type::Stack::Mode>(input.byte() % 6);
    type.format = "%H:%f";
    if (type.kind != Type::Kind::Tuple || depth == 0) return type;
    std::vector<Type> elements;
    for (unsigned count = input.byte() % 4; count > 0; --count) {
        elements.push_back(type_of(input, c_types, depth - 1));
    }
    return Type::tuple(std::move(elements));
}

// A histogram keeps only what counted something, in order.
void check(const model::Value& value) {
    const auto* histogram = value.get<model::Value::Histogram>();
    if (histogram == nullptr || histogram->buckets.empty()) return;
    require(histogram->buckets.front().count != 0 && histogram->buckets.back().count != 0);
    for (const auto& bucket : histogram->buckets) require(bucket.first <= bucket.last);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Input input({data, size});
    symbols::Types types;
    const auto c_types = add_c_types(input, types);
    const Type type = type_of(input, c_types, 3);
    require(!to_text(type, types).empty() || type.kind != Type::Kind::Integer);
    const auto raw = std::as_bytes(input.take(input.byte()));
    FewAnswers answers;
    check(decode(type, raw, types, answers));
    require(merge(type, raw).size() <= raw.size());

    const auto rest = input.take(size);
    const std::string_view format(reinterpret_cast<const char*>(rest.data()), rest.size());
    for (const auto dialect : {model::FormatDialect::Bpftrace, model::FormatDialect::SystemTap}) {
        const auto problem = check_format(format, dialect, {type}, types);
        if (problem) require(problem->begin <= problem->end && problem->end <= format.size());
    }
    return 0;
}
