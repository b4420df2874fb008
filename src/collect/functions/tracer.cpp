#include "collect/functions/tracer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "collect/functions/objects.h"

namespace knowhy::collect {
namespace {

using symbols::TypeId;
using symbols::Types;
using Kind = symbols::Type::Kind;

constexpr size_t kMostRegisters = 6;
constexpr unsigned kPacketBytes = 64;  // all headers up to TCP's, of IPv6 too

// Settings of the script: no map is printed, and a probe that cannot be had is told, not the end.
constexpr const char* kConfig =
    "config = {{ missing_probes=warn; print_maps_on_exit=0; max_probes=16384; "
    "max_map_keys=65536; max_strlen={} }}\n";

// One probe's text.
class ProbeText {
  public:
    ProbeText(const Types& types, const TracerOptions& options, RecordShape& shape, size_t number)
        : types_(types), options_(options), shape_(shape) {
        for (const std::string& value :
             {fmt::format("(uint32){}", number), std::string("nsecs(monotonic)"),
              std::string("cpu"), std::string("tid"), std::string("comm")})
            values_.push_back(value);
    }

    // `of`: what gives it, as the script writes it.
    void add(const std::string& name, TypeId type, const std::string& of) {
        ValueShape value = shape_of(name, type);
        const Kind kind = types_[types_.resolved(type)].kind;
        if (kind == Kind::Struct || kind == Kind::Union || kind == Kind::Array) return;
        if (kind != Kind::Pointer) {
            value.at = put(scalar(type, of, name));
        } else {
            add_pointer(value, type, of);
        }
        shape_.values.push_back(std::move(value));
    }

    // "" where nothing tells.
    [[nodiscard]] const std::string& condition() const { return condition_; }
    [[nodiscard]] std::string text() const {
        return fmt::format("{}print(({}));", before_, fmt::join(values_, ", "));
    }
    [[nodiscard]] const std::string& before() const { return before_; }
    [[nodiscard]] std::string record() const {
        return fmt::format("print(({}));", fmt::join(values_, ", "));
    }

  private:
    ValueShape shape_of(const std::string& name, TypeId type) const {
        ValueShape value;
        value.name = name;
        value.type = types_.text(type);
        const auto& resolved = types_[types_.resolved(type)];
        value.is_truth = resolved.kind == Kind::Boolean;
        if (resolved.kind == Kind::Enum) value.enumeration = types_.resolved(type);
        return value;
    }

    size_t put(std::string value) {
        values_.push_back(std::move(value));
        return values_.size() - 1;
    }

    // Numbers of packets are shown as people write them.
    [[nodiscard]] std::string scalar(TypeId type, const std::string& of,
                                     const std::string& name) const {
        const std::string c_name = types_.text(type);
        if (c_name == "__be16") return fmt::format("ntohs({})", of);
        const bool address = name.ends_with("addr") || name == "gateway" || name == "dst" ||
                             name == "src" || name == "sip" || name == "tip";
        if (c_name == "__be32") return fmt::format("{}({})", address ? "ntop" : "ntohl", of);
        const auto& resolved = types_[types_.resolved(type)];
        if (resolved.kind == Kind::Boolean) return fmt::format("(uint8){}", of);
        const uint64_t bytes = resolved.bytes == 0 || resolved.bytes > 8 ? 8 : resolved.bytes;
        const bool is_signed = resolved.is_signed;
        return fmt::format("({}int{}){}", is_signed ? "" : "u", 8 * bytes, of);
    }

    void add_pointer(ValueShape& value, TypeId type, const std::string& of) {
        const auto behind = types_.pointee(type);
        const auto& target = types_[types_.resolved(behind.value_or(symbols::kVoid))];
        if (target.kind == Kind::Function) {
            value.at = put(fmt::format("ksym((uint64){})", of));
        } else if (target.kind == Kind::Character ||
                   (target.kind == Kind::Integer && target.name == "char")) {
            value.at = put(fmt::format("str({})", of));
        } else {
            const Object* object = target.kind == Kind::Struct ? object_of(target.name) : nullptr;
            value.at = put(fmt::format("(uint64){}", of));
            if (object != nullptr) add_object(value, *object, types_.resolved(*behind), of);
        }
    }

    void add_object(ValueShape& value, const Object& object, TypeId type, const std::string& of) {
        const std::string variable = fmt::format("$o{}", variables_++);
        before_ += fmt::format("{} = (struct {} *){}; ", variable, object.type, of);
        for (const ObjectMember& member : object.members) {
            const auto there = type_at(types_, type, member.path);
            if (!there) continue;
            const std::string path = fmt::format("{}->{}", variable, member.path);
            ValueShape inside = shape_of(member.name, *there);
            const bool is_text = types_[types_.resolved(*there)].kind == Kind::Array;
            inside.at = put(is_text ? path : scalar(*there, path, member.name));
            value.members.push_back(std::move(inside));
        }
        restrict_to(object, type, variable);
        if (object.type == "sk_buff" && !shape_.skb) add_packet(value.at, variable);
    }

    // The first object that tells a device and a namespace decides.
    void restrict_to(const Object& object, TypeId type, const std::string& variable) {
        if (!condition_.empty()) return;
        std::string condition;
        if (!options_.device.empty()) {
            if (object.device.empty() || !type_at(types_, type, object.device)) return;
            condition = fmt::format("{}->{} == \"{}\"", variable, object.device, options_.device);
        }
        if (options_.netns != 0) {
            if (object.netns.empty() || !type_at(types_, type, object.netns)) return;
            condition += fmt::format("{}{}->{} == {}", condition.empty() ? "" : " && ", variable,
                                     object.netns, options_.netns);
        }
        condition_ = std::move(condition);
    }

    // From the network header on; where that was not found yet, from where the data begin.
    void add_packet(size_t skb, const std::string& variable) {
        shape_.skb = skb;
        if (shape_.kind != model::TracedCall::Kind::Entered) return;
        before_ += fmt::format(
            "$at = (uint64){0}->head + {0}->network_header; "
            "if ({0}->network_header == 0) {{ $at = (uint64){0}->data; }} "
            "$left = (uint64){0}->head + {0}->tail - $at; "
            "if ($left > {1}) {{ $left = (uint64){1}; }} ",
            variable, kPacketBytes);
        shape_.packet = put("buf($at, $left)");
        put(fmt::format("ntohs({}->protocol)", variable));
        put(fmt::format("(uint32)({0}->len + (uint64){0}->data - $at)", variable));
    }

    const Types& types_;
    const TracerOptions& options_;
    RecordShape& shape_;
    std::vector<std::string> values_;
    std::string before_;  // statements that the values rest on
    std::string condition_;
    unsigned variables_ = 0;
};

class TracerMaker {
  public:
    TracerMaker(lang::Kernel& kernel, const TracerOptions& options)
        : kernel_(kernel), types_(*kernel.types()), options_(options) {}

    Tracer make(const std::vector<ChosenFunction>& functions) {
        tracer_.text = fmt::format(kConfig, kPacketBytes);
        for (size_t i = 0; i < functions.size(); ++i)
            for (const FunctionBody& body : functions[i].bodies)
                if (body.rung != Rung::Off) add(static_cast<uint32_t>(i), body);
        return std::move(tracer_);
    }

  private:
    static std::string point(const FunctionBody& body, bool at_return) {
        const bool fentry = body.rung == Rung::Fentry;
        const char* provider =
            fentry ? (at_return ? "fexit" : "fentry") : (at_return ? "kretprobe" : "kprobe");
        const std::string home = body.module.empty() ? "" : body.module + ":";
        return fmt::format("{}:{}{}", provider, fentry && home.empty() ? "vmlinux:" : home,
                           body.symbol);
    }

    void add(uint32_t function, const FunctionBody& body) {
        const auto prototype = kernel_.prototype({body.symbol, body.module});
        const bool filtered = add_entry(function, body, prototype);
        if (options_.returns) add_return(function, body, prototype, filtered);
    }

    RecordShape& next_shape(uint32_t function, model::TracedCall::Kind kind) {
        RecordShape& shape = tracer_.shapes.emplace_back();
        shape.function = function;
        shape.kind = kind;
        return shape;
    }

    // True when some entries are left out.
    bool add_entry(uint32_t function, const FunctionBody& body, std::optional<TypeId> prototype) {
        const size_t number = tracer_.shapes.size();
        ProbeText text(types_, options_, next_shape(function, model::TracedCall::Kind::Entered),
                       number);
        if (prototype && body.arguments_known) add_arguments(text, body, *prototype);
        const bool asked = options_.netns != 0 || !options_.device.empty();
        const bool filtered = asked && !text.condition().empty();
        if (asked && !filtered) tracer_.unfiltered.push_back(body.symbol);
        const std::string seen =
            filtered && options_.returns ? fmt::format(" @in[{}] = 1;", key(number)) : "";
        if (filtered)
            tracer_.text += fmt::format("{} {{ {}if ({}) {{ {}{} }} }}\n", point(body, false),
                                        text.before(), text.condition(), text.record(), seen);
        else
            tracer_.text += fmt::format("{} {{ {} }}\n", point(body, false), text.text());
        if (!options_.arguments) tracer_.shapes[number].values.clear();
        return filtered;
    }

    // A thread's call, or, of the idle threads, a CPU's.
    static std::string key(size_t number) {
        return fmt::format("tid, tid == 0 ? cpu : 0, {}", number);
    }

    void add_arguments(ProbeText& text, const FunctionBody& body, TypeId prototype) {
        const auto parameters = types_[prototype].members;
        for (size_t i = 0; i < std::min(parameters.size(), kMostRegisters); ++i) {
            const bool typed = body.rung == Rung::Fentry && !parameters[i].name.empty();
            const std::string name =
                parameters[i].name.empty() ? fmt::format("arg{}", i) : parameters[i].name;
            text.add(name, parameters[i].type,
                     typed ? "args." + parameters[i].name : fmt::format("arg{}", i));
            // One that takes two registers, or none, moves those behind it.
            const auto& resolved = types_[types_.resolved(parameters[i].type)];
            if (resolved.kind == Kind::Struct || resolved.kind == Kind::Union) return;
        }
    }

    void add_return(uint32_t function, const FunctionBody& body, std::optional<TypeId> prototype,
                    bool filtered) {
        const size_t entry = tracer_.shapes.size() - 1;
        const size_t number = tracer_.shapes.size();
        ProbeText text(types_, options_, next_shape(function, model::TracedCall::Kind::Returned),
                       number);
        const TypeId type = prototype ? types_[*prototype].target : symbols::kVoid;
        if (types_.resolved(type) != symbols::kVoid) text.add("return", type, "retval");
        const std::string begin = point(body, true);
        if (filtered)
            tracer_.text +=
                fmt::format("{0} {{ if (@in[{1}] == 1) {{ {2} delete(@in[{1}]); }} }}\n", begin,
                            key(entry), text.text());
        else
            tracer_.text += fmt::format("{} {{ {} }}\n", begin, text.text());
    }

    lang::Kernel& kernel_;
    const Types& types_;
    const TracerOptions& options_;
    Tracer tracer_;
};

}  // namespace

Tracer make_tracer(const std::vector<ChosenFunction>& functions, lang::Kernel& kernel,
                   const TracerOptions& options) {
    return TracerMaker(kernel, options).make(functions);
}

}  // namespace knowhy::collect
