#include "collect/functions/tracer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "collect/functions/objects.h"

namespace knowhy::collect {
namespace {

using symbols::Type;
using symbols::TypeId;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = Type::Kind;

// A kernel of three functions: one that is given a device, a clone of one, and one that takes a
// struct by value, so that no trampoline can pass it on.
class SmallKernel final : public lang::Kernel {
  public:
    SmallKernel() {
        integer_ = named(Kind::Integer, "int", 4, true);
        const TypeId byte = named(Kind::Integer, "unsigned char", 1, false);
        const TypeId letter = named(Kind::Integer, "char", 1, true);
        Type name;
        name.kind = Kind::Array;
        name.target = letter;
        name.count = 16;
        const TypeId name_type = types_->add(name);
        Type device;
        device.kind = Kind::Struct;
        device.name = "net_device";
        device.bytes = 17;
        device.members = {{"name", name_type, 0, 0}, {"operstate", byte, 128, 0}};
        const TypeId device_type = types_->add(device);
        Type pointer;
        pointer.kind = Kind::Pointer;
        pointer.bytes = 8;
        pointer.target = device_type;
        device_pointer_ = types_->add(pointer);
        add("carrier_on", {{"dev", device_pointer_, 0, 0}}, symbols::kVoid);
        add("by_value", {{"dev", device_type, 0, 0}}, integer_);
        names_.emplace_back("core.constprop.0");
    }

    [[nodiscard]] symbols::Arch arch() const override { return symbols::Arch::X86_64; }
    [[nodiscard]] std::shared_ptr<symbols::Types> types() override { return types_; }
    std::optional<TypeId> type(std::string_view) override { return std::nullopt; }
    std::optional<lang::Enumerated> enumerator(std::string_view) override { return std::nullopt; }
    Result<std::vector<lang::KernelFunction>> functions(std::string_view pattern,
                                                        std::string_view) override {
        std::vector<lang::KernelFunction> found;
        for (const std::string& name : names_)
            if (pattern == "*" || name == pattern || name.starts_with(std::string(pattern) + "."))
                found.push_back({name, ""});
        return found;
    }
    Result<std::vector<lang::KernelFunction>> traced_functions(std::string_view,
                                                               std::string_view) override {
        return std::vector<lang::KernelFunction>();
    }
    std::optional<TypeId> prototype(const lang::KernelFunction& function) override {
        const auto known = prototypes_.find(function.name);
        return known == prototypes_.end() ? std::nullopt : std::optional(known->second);
    }
    std::optional<uint64_t> address_of(std::string_view) override { return std::nullopt; }
    Result<std::vector<Tracepoint>> tracepoints(std::string_view, std::string_view) override {
        return std::vector<Tracepoint>();
    }
    Result<std::vector<lang::TracepointField>> tracepoint_fields(const Tracepoint&) override {
        return std::vector<lang::TracepointField>();
    }
    Result<std::vector<std::string>> raw_tracepoints(std::string_view) override {
        return std::vector<std::string>();
    }
    std::optional<TypeId> raw_tracepoint(std::string_view) override { return std::nullopt; }
    [[nodiscard]] uint32_t cpus() const override { return 1; }
    std::optional<uint64_t> cgroup_id(std::string_view) override { return std::nullopt; }

  private:
    TypeId named(Kind kind, const char* name, uint64_t bytes, bool is_signed) {
        Type type;
        type.kind = kind;
        type.name = name;
        type.bytes = bytes;
        type.is_signed = is_signed;
        return types_->add(type);
    }
    void add(const std::string& name, std::vector<symbols::Member> parameters, TypeId result) {
        Type function;
        function.kind = Kind::Function;
        function.members = std::move(parameters);
        function.target = result;
        prototypes_[name] = types_->add(function);
        names_.push_back(name);
    }

    std::shared_ptr<symbols::Types> types_ = std::make_shared<symbols::Types>();
    TypeId integer_ = symbols::kVoid;
    TypeId device_pointer_ = symbols::kVoid;
    std::map<std::string, TypeId> prototypes_;
    std::vector<std::string> names_;
};

std::vector<ChosenFunction> choose(SmallKernel& kernel, const std::vector<std::string>& wanted) {
    return choose_functions(wanted, kernel).value();
}

TEST(ChooseFunctions, EachOnceByTheSourcesNameWithItsRung) {
    SmallKernel kernel;
    const auto chosen = choose(kernel, {"core", "*", "gone"});
    ASSERT_EQ(chosen.size(), 4U);
    EXPECT_EQ(chosen[0].name, "core");
    EXPECT_EQ(chosen[0].bodies.at(0).symbol, "core.constprop.0");
    EXPECT_EQ(chosen[0].bodies.at(0).rung, Rung::Kprobe);
    EXPECT_FALSE(chosen[0].bodies.at(0).arguments_known);
    EXPECT_EQ(chosen[1].name, "carrier_on");
    EXPECT_EQ(chosen[1].bodies.at(0).rung, Rung::Fentry);
    EXPECT_EQ(chosen[2].bodies.at(0).rung, Rung::Kprobe) << "a struct by value";
    EXPECT_TRUE(chosen[3].bodies.empty());
    EXPECT_THAT(chosen[3].why, HasSubstr("no such function"));
}

TEST(ChooseFunctions, ASetThatDoesNotExistNamesThoseThatDo) {
    SmallKernel kernel;
    const auto chosen = choose_functions({"@nonsense"}, kernel);
    ASSERT_FALSE(chosen.has_value());
    EXPECT_THAT(chosen.error().message, HasSubstr("@receive"));
}

TEST(Tracer, ReadsWhatTellsAnObjectAndLeavesOutWhatThisKernelHasNot) {
    SmallKernel kernel;
    const Tracer tracer = make_tracer(choose(kernel, {"carrier_on"}), kernel, {});
    EXPECT_THAT(tracer.text, HasSubstr("fentry:vmlinux:carrier_on {"));
    EXPECT_THAT(tracer.text, HasSubstr("$o0->name, (uint8)$o0->operstate));"));
    EXPECT_THAT(tracer.text, Not(HasSubstr("mtu")));
    EXPECT_THAT(tracer.text, HasSubstr("fexit:vmlinux:carrier_on {"));
    ASSERT_EQ(tracer.shapes.size(), 2U);
    EXPECT_EQ(tracer.shapes[0].values.at(0).members.size(), 2U);
}

TEST(Tracer, AFilterIsAskedBeforeAnythingIsSent) {
    SmallKernel kernel;
    TracerOptions options;
    options.device = "eth0";
    const Tracer tracer = make_tracer(choose(kernel, {"carrier_on", "core"}), kernel, options);
    EXPECT_THAT(tracer.text, HasSubstr("if ($o0->name == \"eth0\") { print("));
    EXPECT_THAT(tracer.unfiltered, ::testing::ElementsAre("core.constprop.0"));
}

TEST(Tracer, WithoutReturnsThereAreNone) {
    SmallKernel kernel;
    TracerOptions options;
    options.returns = false;
    const Tracer tracer = make_tracer(choose(kernel, {"*"}), kernel, options);
    EXPECT_THAT(tracer.text, Not(HasSubstr("fexit:")));
    EXPECT_THAT(tracer.text, Not(HasSubstr("kretprobe:")));
}

model::Value record(std::vector<model::Value> values) {
    return {model::Value::Tuple{std::move(values), {}}};
}

TEST(CallOf, ARecordBecomesACall) {
    SmallKernel kernel;
    const Tracer tracer = make_tracer(choose(kernel, {"carrier_on"}), kernel, {});
    using model::Value;
    const auto call = call_of(
        record({Value::integer(0), Value::integer(77), Value::integer(1), Value::integer(42),
                Value::text("ip"), Value::integer(0x1000), Value::text("eth0"), Value::integer(6)}),
        tracer.shapes, *kernel.types());
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->time_ns, 77U);
    EXPECT_EQ(call->pid, 42U);
    EXPECT_EQ(call->comm, "ip");
    ASSERT_EQ(call->values.size(), 1U);
    EXPECT_EQ(call->values[0].value, (Value{Value::Pointer{0x1000}}));
    ASSERT_EQ(call->values[0].members.size(), 2U);
    EXPECT_EQ(call->values[0].members[0].value, Value::text("eth0"));
}

TEST(CallOf, BehindNullThereIsNothing) {
    SmallKernel kernel;
    const Tracer tracer = make_tracer(choose(kernel, {"carrier_on"}), kernel, {});
    using model::Value;
    const auto call = call_of(
        record({Value::integer(0), Value::integer(77), Value::integer(1), Value::integer(42),
                Value::text("ip"), Value::integer(0), Value::text(""), Value::integer(0)}),
        tracer.shapes, *kernel.types());
    ASSERT_TRUE(call.has_value());
    EXPECT_TRUE(call->values.at(0).members.empty());
}

TEST(CallOf, WhatIsNoneOfTheShapesIsNoCall) {
    SmallKernel kernel;
    const Tracer tracer = make_tracer(choose(kernel, {"carrier_on"}), kernel, {});
    EXPECT_FALSE(call_of(model::Value::integer(3), tracer.shapes, *kernel.types()));
    EXPECT_FALSE(call_of(record({model::Value::integer(3)}), tracer.shapes, *kernel.types()));
    EXPECT_FALSE(call_of(record(std::vector<model::Value>(9, model::Value::integer(99))),
                         tracer.shapes, *kernel.types()));
}

}  // namespace
}  // namespace knowhy::collect
