// skboutput(): packets to a file.
//
// The kernel copies a packet itself, fragments and all, into a perf buffer, behind a record of ours
// that says what user space must know of it (collect/script/packet_files.h).
#include "lang/sema/functions.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Compare;
using ir::Constant;
using ir::Helper;
using ir::MapId;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;
using View = ProbeSite::View;

constexpr uint64_t kOnThisCpu = 0xffffffff;  // BPF_F_CURRENT_CPU
constexpr uint64_t kMostBytes = 65000;       // a perf event's length has 16 bits

uint32_t packet_map(Plan& plan) {
    if (plan.packets) return *plan.packets;
    plan.packets = static_cast<uint32_t>(plan.maps.size());
    plan.maps.emplace_back();
    plan.ir_maps.push_back({ir::Map::Kind::PerfEventArray, "packets"});
    return *plan.packets;
}

// Which of the probe's arguments is meant: args.skb or arg0 itself, since the kernel must see where
// the pointer is from.
std::optional<uint32_t> argument_index(Lowering& lowering, const Expr& expr) {
    const ProbeSite& site = lowering.site();
    const bool typed = site.view == View::Arguments || site.view == View::ArgumentsAndResult;
    if (!typed || !site.prototype) return std::nullopt;
    symbols::Types& types = lowering.script().types();
    const auto& members = types[types.resolved(*site.prototype)].members;
    if (const auto* name = std::get_if<Name>(&expr.node)) {
        const auto number = argument_number(name->name);
        if (number && *number < members.size()) return *number;
    }
    const auto* field = std::get_if<Field>(&expr.node);
    const auto* object = field != nullptr ? std::get_if<Name>(&field->object->node) : nullptr;
    if (object == nullptr || object->name != "args") return std::nullopt;
    for (uint32_t i = 0; i < members.size(); ++i)
        if (members[i].name == field->name) return i;
    return std::nullopt;
}

class Sender {
  public:
    Sender(Lowering& lowering, Value skb, Span span)
        : lowering_(lowering), emit_(lowering.emitter()), skb_(std::move(skb)), span_(span) {}

    Operand send(uint32_t argument, Operand length, Operand offset, const std::string& path) {
        Plan& plan = lowering_.script().plan;
        const Operand whole = field("len");
        const Operand wanted = least(emit_.compute(Op::Add, length, offset), whole);
        const Operand taken = least(wanted, Constant{kMostBytes});
        const Place head = emit_.new_buffer("packet", PacketOutput::kBytes);
        emit_.fill(head, PacketOutput::kBytes);
        emit_.store(head, 4, Constant{plan.outputs.size()});
        emit_.store(further(head, 4), 4, Constant{PacketOutput::kBytes});
        emit_.store(further(head, PacketOutput::kTime), 8, emit_.call(Helper::KtimeBootNs, {}));
        emit_.store(further(head, PacketOutput::kWhole), 4, whole);
        emit_.store(further(head, PacketOutput::kTaken), 4, taken);
        emit_.store(further(head, PacketOutput::kOffset), 4, offset);
        emit_.store(further(head, PacketOutput::kBegins), 4, begins(offset));
        Output output;
        output.span = span_;
        output.kind = PacketOutput{path};
        plan.outputs.push_back(std::move(output));
        const Operand flags = emit_.compute(
            Op::Or, emit_.compute(Op::ShiftLeft, taken, Constant{32}), Constant{kOnThisCpu});
        return emit_.call(Helper::SkbOutput,
                          {ir::ContextField{8 * argument}, MapId{packet_map(plan)}, flags, head,
                           Operand{Constant{PacketOutput::kBytes}}});
    }

  private:
    Operand field(const char* name) {
        Field field;
        field.name = name;
        field.name_span = span_;
        return lowering_.field(skb_, field, span_).scalar();
    }

    Operand least(Operand a, Operand b) {
        const ir::Reg result = emit_.new_register();
        const ir::BlockId above = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.assign(result, a);
        emit_.branch(Compare::Greater, result, b, above, after);
        emit_.go_on_in(above);
        emit_.assign(result, b);
        emit_.jump_into(after);
        return result;
    }

    // Which header the first byte written is of: a file has one kind of link.
    Operand begins(Operand offset) {
        const Operand from = emit_.compute(Op::Sub, field("data"), field("head"));
        const ir::Reg at = emit_.in_register(emit_.compute(Op::Add, from, offset));
        const Operand network = field("network_header");
        const Operand link = field("mac_header");
        const ir::Reg answer = emit_.new_register();
        const ir::BlockId not_network = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        const ir::BlockId is_link = emit_.new_block();
        emit_.assign(answer, Constant{PacketOutput::kAtNetwork});
        emit_.branch(Compare::Equal, at, network, after, not_network);
        emit_.go_on_in(not_network);
        emit_.assign(answer, Constant{PacketOutput::kElsewhere});
        emit_.branch(Compare::Equal, at, link, is_link, after);
        emit_.go_on_in(is_link);
        emit_.assign(answer, Constant{PacketOutput::kAtLink});
        emit_.jump_into(after);
        return answer;
    }

    Lowering& lowering_;
    Emitter& emit_;
    Value skb_;
    Span span_;
};

Value skboutput(Lowering& lowering, const Call& call, Span span) {
    const auto path = lowering.text(*call.arguments[0]);
    const Value skb = lowering.value(*call.arguments[1]);
    const auto type = lowering.script().kernel.type("struct sk_buff");
    const auto argument = argument_index(lowering, *call.arguments[1]);
    if (!path || skb.unresolved || !type) return Value::unknown();
    symbols::Types& types = lowering.script().types();
    const bool is_skb =
        skb.type.kind == Kind::Pointer && types.resolved(skb.type.c_type) == types.resolved(*type);
    if (!argument || !is_skb) {
        lowering.error(
            codes::kNotHere, call.arguments[1]->span,
            "skboutput() wants an argument of the probe that is a struct sk_buff *",
            "fentry:dev_queue_xmit { skboutput(\"f.pcap\", args.skb, args.skb->len, 0) }; "
            "fexit and rawtracepoint have such arguments too");
        return Value::unknown();
    }
    const Operand length = lowering.number(*call.arguments[2]);
    const Operand offset = lowering.number(*call.arguments[3]);
    const Operand status = Sender(lowering, skb, span).send(*argument, length, offset, *path);
    lowering.count_on_failure(status, Plan::kNoRoom);
    return Value::integer(status, true);
}

}  // namespace

std::vector<FunctionInfo> packet_functions() {
    return {{"skboutput", "skboutput(\"file.pcap\", skb, length, offset)",
             "writes a packet to a file that tcpdump and tshark read", 4, 4, false, skboutput}};
}

}  // namespace knowhy::lang
