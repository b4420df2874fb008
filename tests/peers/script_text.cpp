// Prints what a script would, for the test that compares it with bpftrace's own output. Each line
// read is a JSON object: a record's fields or a map's contents as bytes, with their types; each
// line written is what is printed, as a JSON string.
//
//   {"say": "printf", "format": F, "fields": [[TYPE, HEX]...]}
//   {"say": "value", "field": [TYPE, HEX]}
//   {"say": "map", "name": "@x", "key": TYPE or null, "value": TYPE, "entries": [[HEX, HEX]...],
//    "top": 0, "divisor": 1}
//   {"say": "text", "how": "time"|"cat"|"join"|"system", "text": T}
//   {"say": "attached"|"lost", "count": N}   {"say": "helper_error", "helper": H, "errno": N,
//    "place": {"file", "line", "column", "end", "text"}}
//   each with "symbols": {"ADDRESS": NAME}, "stacks": [["NAME+OFFSET"...]...], "json": true, "now":
//   true (0.26's text, not 0.17's)
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "lang/values/decode.h"
#include "render/script/json.h"
#include "render/script/peer_json.h"
#include "render/script/text.h"

using namespace knowhy;  // NOLINT(google-build-using-namespace)
using nlohmann::json;
using Kind = lang::Type::Kind;

namespace {

std::vector<std::byte> bytes_of(const std::string& digits) {
    std::vector<std::byte> bytes;
    for (size_t i = 0; i + 2 <= digits.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(parse_u64(digits.substr(i, 2), 16).value()));
    }
    return bytes;
}

class Answers : public lang::Resolver {
  public:
    explicit Answers(const json& asked) : asked_(asked) {}

    model::CodePlace kernel_symbol(uint64_t address) override {
        model::CodePlace place;
        place.address = address;
        const json names = asked_.value("symbols", json::object());
        place.name = names.value(hex(address), "");
        return place;
    }
    model::CodePlace user_symbol(uint64_t address, uint32_t /*pid*/) override {
        return kernel_symbol(address);
    }
    std::optional<std::vector<model::CodePlace>> kernel_stack(
        int64_t id, const lang::Type::Stack& /*how*/) override {
        const json stacks = asked_.value("stacks", json::array());
        if (static_cast<size_t>(id) >= stacks.size()) return std::nullopt;
        std::vector<model::CodePlace> frames;
        for (const json& frame : stacks[static_cast<size_t>(id)]) {
            const auto text = frame.get<std::string>();
            const size_t plus = text.rfind('+');
            model::CodePlace place;
            place.name = text.substr(0, plus);
            place.offset = parse_u64(text.substr(plus + 1)).value();
            frames.push_back(place);
        }
        return frames;
    }
    std::optional<std::vector<model::CodePlace>> user_stack(int64_t id, uint32_t /*pid*/,
                                                            const lang::Type::Stack& how) override {
        return kernel_stack(id, how);
    }
    std::string user_name(uint32_t uid) override { return uid == 0 ? "root" : ""; }
    std::string cgroup_path(uint64_t /*id*/) override { return {}; }
    std::string probe_name(uint64_t /*index*/) override { return "BEGIN"; }
    std::string composed(const model::Formatted& /*what*/) override { return {}; }
    uint64_t realtime_of_boot(uint64_t boot_ns) override { return boot_ns; }

  private:
    const json& asked_;
};

// {"int": bytes, "signed": bool}, {"string": bytes}, {"buffer": bytes}, {"tuple": [TYPE...]},
// {"lhist": [min, max, step]}, {"hist": bits}, {"c": C-TYPE}, or the name of a fixed kind.
class TypeReader {
  public:
    explicit TypeReader(symbols::Types& types) : types_(types) {}

    lang::Type read(const json& text) {
        if (text.is_string()) return fixed(text.get<std::string>());
        if (text.contains("int")) {
            return lang::Type::integer(text["int"], text.value("signed", false));
        }
        if (text.contains("string")) return lang::Type::string(text["string"]);
        if (text.contains("hist")) return lang::Type::histogram(text["hist"]);
        if (text.contains("lhist")) {
            const json& range = text["lhist"];
            return lang::Type::linear_histogram(range[0], range[1], range[2]);
        }
        if (text.contains("buffer")) {
            lang::Type type = lang::Type::of(Kind::Bytes);
            type.bytes = text["buffer"].get<uint32_t>() + 4;
            return type;
        }
        if (text.contains("tuple")) {
            std::vector<lang::Type> elements;
            for (const json& element : text["tuple"]) elements.push_back(read(element));
            return lang::Type::tuple(std::move(elements));
        }
        lang::Type type = lang::Type::of(Kind::Struct);
        type.c_type = c_type(text["c"]);
        type.bytes = static_cast<uint32_t>(types_.bytes_of(type.c_type));
        return type;
    }

  private:
    static lang::Type fixed(const std::string& name) {
        static const std::map<std::string, lang::Type> kKinds = {
            {"bool", lang::Type::boolean()},
            {"pointer", lang::Type::pointer(symbols::kVoid)},
            {"ksym", lang::Type::of(Kind::KernelSymbol)},
            {"usym", lang::Type::of(Kind::UserSymbol)},
            {"kstack", lang::Type::of(Kind::KernelStack)},
            {"inet", lang::Type::of(Kind::Inet)},
            {"mac", lang::Type::of(Kind::Mac)},
            {"username", lang::Type::of(Kind::UserName)},
            {"probe", lang::Type::of(Kind::Probe)},
            {"count", lang::Type::of(Kind::Count)},
            {"sum", lang::Type::of(Kind::Sum, true)},
            {"min", lang::Type::of(Kind::Min, true)},
            {"max", lang::Type::of(Kind::Max, true)},
            {"avg", lang::Type::of(Kind::Average, true)},
            {"stats", lang::Type::of(Kind::Stats, true)},
        };
        return kKinds.at(name);
    }

    // {"bytes": N, "signed": bool, "name": T}, {"of": C-TYPE, "count": N} or
    // {"bytes": N, "members": [[NAME, OFFSET, C-TYPE]...]}.
    symbols::TypeId c_type(const json& text) {
        symbols::Type type;
        type.name = text.value("name", "");
        type.bytes = text.value("bytes", 0);
        type.is_signed = text.value("signed", false);
        type.kind = symbols::Type::Kind::Integer;
        if (text.contains("of")) {
            type.kind = symbols::Type::Kind::Array;
            type.target = c_type(text["of"]);
            type.count = text["count"].get<uint64_t>();
        } else if (text.contains("members")) {
            type.kind = symbols::Type::Kind::Struct;
            for (const json& member : text["members"]) {
                const uint64_t offset = member[1];
                type.members.push_back({member[0], c_type(member[2]), 8 * offset, 0});
            }
        }
        return types_.add(std::move(type));
    }

    symbols::Types& types_;
};

class Speaker {
  public:
    explicit Speaker(const json& asked) : asked_(asked), answers_(asked), reader_(types_) {}

    model::ScriptEvent event() {
        const std::string say = asked_["say"];
        if (say == "printf") return printed();
        if (say == "value") return model::PrintedValue{field(asked_["field"])};
        if (say == "map") return map();
        if (say == "attached") return model::AttachedProbes{asked_["count"], {}};
        if (say == "lost") return model::LostEvents{asked_["count"]};
        if (say == "helper_error") return helper_error();
        return text();
    }

  private:
    model::Value field(const json& typed) {
        return lang::decode(reader_.read(typed[0]), bytes_of(typed[1]), types_, answers_);
    }

    model::ScriptEvent printed() {
        model::PrintedFormat said;
        said.what.format = asked_["format"];
        for (const json& typed : asked_["fields"]) said.what.values.push_back(field(typed));
        return said;
    }

    model::ScriptEvent map() {
        model::MapDump map;
        map.name = asked_["name"];
        map.keyed = !asked_["key"].is_null();
        map.statistics = asked_["value"] == "avg" || asked_["value"] == "stats";
        map.top = asked_.value("top", 0);
        map.divisor = asked_.value("divisor", 1);
        for (const json& entry : asked_["entries"]) {
            model::MapDump::Entry decoded;
            if (map.keyed) decoded.key = field(json::array({asked_["key"], entry[0]}));
            decoded.value = field(json::array({asked_["value"], entry[1]}));
            map.entries.push_back(std::move(decoded));
        }
        return model::PrintedMap{std::move(map)};
    }

    model::ScriptEvent text() {
        static const std::map<std::string, model::PrintedText::Kind> kKinds = {
            {"time", model::PrintedText::Kind::Time},
            {"cat", model::PrintedText::Kind::Cat},
            {"join", model::PrintedText::Kind::Join},
            {"system", model::PrintedText::Kind::System}};
        return model::PrintedText{kKinds.at(asked_["how"]), asked_["text"]};
    }

    model::ScriptEvent helper_error() {
        const json& place = asked_["place"];
        return model::HelperError{
            asked_["helper"],
            asked_["errno"],
            {place["file"], place["line"], place["column"], place["end"], place["text"]}};
    }

    const json& asked_;
    Answers answers_;
    symbols::Types types_;
    TypeReader reader_;
};

}  // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        const json asked = json::parse(line);
        render::ScriptOptions options;
        if (!asked.value("now", false)) options.compat = render::ScriptOptions::Compat::Bpftrace017;
        const model::ScriptEvent event = Speaker(asked).event();
        std::string said = render::event_text(event, options).out;
        if (asked.value("json", false)) said = render::peer_json(event, options);
        if (asked.value("house", false)) said = render::script_json(event, options);
        std::cout << json(said).dump(-1, ' ', true, json::error_handler_t::replace) << std::endl;
    }
    return 0;
}
