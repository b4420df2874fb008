// A small kernel for tests: a few types, functions and tracepoints, known to the byte.
#pragma once

#include <fnmatch.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lang/sema/c_types.h"
#include "lang/sema/kernel.h"

namespace knowhy::lang {

class TestKernel final : public Kernel {
  public:
    TestKernel() {
        using Kind = symbols::Type::Kind;
        u8_ = number_type(*types_, "unsigned char", 1, false);
        u16_ = number_type(*types_, "unsigned short", 2, false);
        u32_ = number_type(*types_, "unsigned int", 4, false);
        const symbols::TypeId s32 = number_type(*types_, "int", 4, true);
        const symbols::TypeId character = number_type(*types_, "char", 1, true);
        symbols::Type device = aggregate("net_device", 64);
        device.members = {{"name", array_of(*types_, character, 16), 0, 0},
                          {"ifindex", s32, 16 * 8, 0},
                          {"dev_addr", array_of(*types_, u8_, 6), 20 * 8, 0}};
        device_ = types_->add(std::move(device));
        symbols::Type skb = aggregate("sk_buff", 64);
        skb.members = {{"dev", pointer_to(*types_, device_), 0, 0},
                       {"len", u32_, 8 * 8, 0},
                       {"protocol", u16_, 12 * 8, 0},
                       {"pkt_type", u8_, 14 * 8 + 2, 3}};
        skb_ = types_->add(std::move(skb));
        symbols::Type reason = aggregate("skb_drop_reason", 4);
        reason.kind = Kind::Enum;
        reason.enumerators = {{"SKB_DROP_REASON_NOT_SPECIFIED", 2},
                              {"SKB_DROP_REASON_NO_SOCKET", 3}};
        reason_ = types_->add(std::move(reason));
        symbols::Type function;
        function.kind = Kind::Function;
        function.target = s32;
        function.members = {{"skb", pointer_to(*types_, skb_), 0, 0}, {"flags", u8_, 0, 0}};
        ip_rcv_ = types_->add(std::move(function));
    }

    [[nodiscard]] symbols::Arch arch() const override { return symbols::Arch::X86_64; }
    [[nodiscard]] std::shared_ptr<symbols::Types> types() override { return types_; }

    std::optional<symbols::TypeId> type(std::string_view name) override {
        const std::map<std::string_view, symbols::TypeId> known = {
            {"struct net_device", device_},
            {"struct sk_buff", skb_},
            {"enum skb_drop_reason", reason_},
            {"u32", u32_},
            {"unsigned int", u32_}};
        const auto found = known.find(name);
        return found != known.end() ? std::optional(found->second) : std::nullopt;
    }
    std::optional<Enumerated> enumerator(std::string_view name) override {
        for (const symbols::Enumerator& each : (*types_)[reason_].enumerators)
            if (each.name == name) return Enumerated{each.value, reason_};
        return std::nullopt;
    }

    Result<std::vector<KernelFunction>> functions(std::string_view pattern,
                                                  std::string_view module) override {
        std::vector<KernelFunction> found;
        for (const KernelFunction& function : functions_)
            if (matches(pattern, function.name) && (module.empty() || module == function.module))
                found.push_back(function);
        return found;
    }
    Result<std::vector<KernelFunction>> traced_functions(std::string_view pattern,
                                                         std::string_view module) override {
        return functions(pattern, module);
    }
    std::optional<symbols::TypeId> prototype(const KernelFunction& function) override {
        return function.name.starts_with("ip_") ? std::optional(ip_rcv_) : std::nullopt;
    }
    std::optional<uint64_t> address_of(std::string_view symbol) override {
        if (symbol == "jiffies") return 0xffffffff82000000;
        return std::nullopt;
    }

    Result<std::vector<Tracepoint>> tracepoints(std::string_view system,
                                                std::string_view name) override {
        std::vector<Tracepoint> found;
        for (const Tracepoint& each : {Tracepoint{"skb", "kfree_skb"}, {"skb", "consume_skb"}})
            if (matches(system, each.system) && matches(name, each.name)) found.push_back(each);
        return found;
    }
    Result<std::vector<TracepointField>> tracepoint_fields(const Tracepoint& /*which*/) override {
        return std::vector<TracepointField>{{"skbaddr", "void *", 8, 8, false, false},
                                            {"protocol", "unsigned short", 24, 2, false, false},
                                            {"reason", "enum skb_drop_reason", 28, 4, false, false},
                                            {"name", "__data_loc char[]", 32, 4, false, true}};
    }
    Result<std::vector<std::string>> raw_tracepoints(std::string_view pattern) override {
        std::vector<std::string> found;
        if (matches(pattern, "kfree_skb")) found.emplace_back("kfree_skb");
        return found;
    }
    std::optional<symbols::TypeId> raw_tracepoint(std::string_view /*name*/) override {
        return ip_rcv_;
    }
    [[nodiscard]] uint32_t cpus() const override { return 2; }
    std::optional<uint64_t> cgroup_id(std::string_view /*path*/) override { return std::nullopt; }

  private:
    static symbols::Type aggregate(std::string name, uint64_t bytes) {
        symbols::Type type;
        type.kind = symbols::Type::Kind::Struct;
        type.name = std::move(name);
        type.bytes = bytes;
        return type;
    }
    static bool matches(std::string_view pattern, std::string_view name) {
        return fnmatch(std::string(pattern).c_str(), std::string(name).c_str(), 0) == 0;
    }

    std::shared_ptr<symbols::Types> types_ = std::make_shared<symbols::Types>();
    symbols::TypeId u8_ = 0, u16_ = 0, u32_ = 0, device_ = 0, skb_ = 0, reason_ = 0, ip_rcv_ = 0;
    std::vector<KernelFunction> functions_ = {{"ip_rcv", ""},
                                              {"ip_forward", ""},
                                              {"bond_start_xmit", "bonding"},
                                              {"ip_rcv_finish_core.constprop.0", ""}};
};

}  // namespace knowhy::lang
