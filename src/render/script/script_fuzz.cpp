// Any format and any values print: as text, as bpftrace's JSON and as the house's own, which must
// be JSON.
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>

#include "render/script/json.h"
#include "render/script/peer_json.h"
#include "render/script/text.h"

using namespace knowhy;         // NOLINT(google-build-using-namespace)
using namespace knowhy::model;  // NOLINT(google-build-using-namespace)

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
    int64_t number() {
        uint64_t bits = 0;
        for (unsigned size = byte() % 9; size > 0; --size) bits = bits << 8U | byte();
        return static_cast<int64_t>(bits);
    }
    std::string text() {
        std::string said;
        for (unsigned size = byte() % 24; size > 0; --size) said += static_cast<char>(byte());
        return said;
    }

  private:
    std::span<const uint8_t> bytes_;
};

Value::Histogram histogram(Input& input) {
    Value::Histogram made;
    made.linear = input.byte() % 2 != 0;
    made.bits = input.byte() % 6;
    made.max = input.number();
    made.step = input.number() / 2 + 1;
    for (unsigned count = input.byte() % 6; count > 0; --count) {
        made.buckets.push_back(
            {input.number(), input.number(), static_cast<uint64_t>(input.number())});
    }
    return made;
}

Value value(Input& input, unsigned depth) {
    const auto several = [&] {
        std::vector<Value> values;
        for (unsigned count = depth == 0 ? 0 : input.byte() % 4; count > 0; --count) {
            values.push_back(value(input, depth - 1));
        }
        return values;
    };
    const CodePlace place{static_cast<uint64_t>(input.number()), input.text(), input.byte(),
                          input.text(), ""};
    switch (input.byte() % 14) {
        case 0:
            return {};
        case 1:
            return Value::integer(input.number(), input.byte() % 2 != 0);
        case 2:
            return {Value::Boolean{input.byte() % 2 != 0}};
        case 3:
            return {Value::Text{input.text(), input.byte() % 2 != 0}};
        case 4:
            return {Value::Bytes{input.text()}};
        case 5:
            return {Value::Pointer{static_cast<uint64_t>(input.number())}};
        case 6:
            return {Value::Enumerated{{input.number()}, input.text()}};
        case 7:
            return {Value::Array{several()}};
        case 8:
            return {Value::Tuple{several(), {input.text()}}};
        case 9:
            return {Value::Struct{{{input.text(), value(input, depth / 2)}}}};
        case 10:
            return {Value::Symbol{place}};
        case 11:
            return {Value::Stack{static_cast<Value::Stack::Mode>(input.byte() % 4),
                                 input.byte() % 2 != 0,
                                 {place},
                                 0}};
        case 12:
            return {Value::Average{static_cast<uint64_t>(input.number()),
                                   {input.number(), input.byte() % 2 != 0, 8},
                                   input.byte() % 2 != 0}};
        default:
            return {histogram(input)};
    }
}

void print(const ScriptEvent& event, const render::ScriptOptions& options) {
    render::event_text(event, options);
    const std::string peer = render::peer_json(event, options);
    require(peer.empty() || nlohmann::json::accept(peer));
    require(nlohmann::json::accept(render::script_json(event, options)));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Input input({data, size});
    using Compat = render::ScriptOptions::Compat;
    const render::ScriptOptions options{
        input.byte() % 2 == 0 ? Compat::Bpftrace026 : Compat::Bpftrace017,
        input.byte() % 4 == 0 ? FormatDialect::SystemTap : FormatDialect::Bpftrace, ".."};
    PrintedFormat said{{input.text(), {}}, PrintedFormat::To::Out, {}};
    PrintedMap map;
    map.map.name = "@";
    map.map.keyed = input.byte() % 2 != 0;
    map.map.top = input.byte() % 4;
    map.map.divisor = static_cast<uint64_t>(input.number());
    for (unsigned count = input.byte() % 5; count > 0; --count) {
        said.what.values.push_back(value(input, 3));
        const bool room = map.map.keyed || map.map.entries.empty();
        if (room) map.map.entries.push_back({value(input, 2), said.what.values.back()});
    }
    print(said, options);
    print(map, options);
    return 0;
}
