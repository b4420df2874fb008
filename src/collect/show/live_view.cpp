#include "collect/show/live_view.h"

#include <sys/utsname.h>

#include "base/text.h"
#include "collect/memory/socket_list.h"
#include "collect/show/symbol_words.h"
#include "collect/show/type_source.h"
#include "host/netns.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::collect {
namespace {

class LiveView final : public KernelView {
  public:
    LiveView(std::unique_ptr<KernelMemory> memory, TypeSource types)
        : memory_(std::move(memory)), types_(std::move(types)) {}

    KernelMemory& memory() override { return *memory_; }
    Result<TypeRef> type(std::string_view name, std::string_view module) override {
        return types_.type(name, module);
    }
    std::optional<TypeRef> find_type(std::string_view name, std::string_view module) override {
        return types_.find(name, module);
    }
    std::vector<std::string> homes(std::string_view type) override { return types_.homes(type); }
    std::optional<TypeRef> enum_with(std::string_view enumerator) override {
        return types_.enum_with(enumerator);
    }

    std::string symbol_at(uint64_t address) override {
        const symbols::SymbolTable* const table = symbols();
        return table != nullptr ? symbol_words(*table, address) : "";
    }

    Result<uint64_t> address_of(std::string_view symbol) override {
        const symbols::SymbolTable* const table = symbols();
        if (table == nullptr) {
            return fail(ErrorKind::Privilege,
                        "no address of '{}': /proc/kallsyms tells this user none", escaped(symbol));
        }
        const auto found = table->named(symbol);
        if (found.size() == 1) return found.front().address;
        if (found.size() > 1) {
            return fail(ErrorKind::Usage, "{} symbols are called '{}': give the address",
                        found.size(), escaped(symbol));
        }
        return fail(ErrorKind::Usage,
                    "no symbol '{}' in /proc/kallsyms (kernels without CONFIG_KALLSYMS_ALL list "
                    "functions only)",
                    escaped(symbol));
    }

    // By the task that asks: it is in that namespace then.
    Result<uint64_t> net_namespace(uint32_t inum) override {
        KW_TRY(const host::Netns netns, host::open_netns(inum));
        uint64_t address = 0;
        KW_CHECK_OK(host::in_netns(netns.fd.get(), [&]() -> Status {
            KW_TRY(const uint64_t task, current_task());
            KW_TRY(const KernelObject self, KernelObject::at(*this, "struct task_struct", task));
            const auto proxy = self.follow("nsproxy");
            const auto net = proxy ? proxy->number("net_ns") : std::nullopt;
            if (!net) return tl::unexpected(self.unreadable("nsproxy"));
            address = *net;
            return {};
        }));
        KW_TRY(const KernelObject net, KernelObject::at(*this, "struct net", address));
        if (net.number("ns.inum") != inum)
            return fail(ErrorKind::System, "the namespace found is not {}", inum);
        return address;
    }

    [[nodiscard]] std::string release() const override {
        utsname names{};
        return uname(&names) == 0 ? names.release : "";
    }

  private:
    const symbols::SymbolTable* symbols() {
        if (!symbols_) symbols_ = symbols::SymbolTable::load_running();
        return *symbols_ && !(*symbols_)->hidden() ? &**symbols_ : nullptr;
    }

    std::unique_ptr<KernelMemory> memory_;
    TypeSource types_;
    std::optional<Result<symbols::SymbolTable>> symbols_;
};

}  // namespace

Result<std::unique_ptr<KernelView>> view_running_kernel(LiveOptions options) {
    KW_TRY(auto memory, open_kernel_memory());
    auto btf = symbols::KernelTypes::of_running();
    if (!btf && !options.files) return tl::unexpected(std::move(btf).error());
    std::optional<symbols::KernelTypes> known;
    if (btf) known = std::move(*btf);
    return std::make_unique<LiveView>(
        std::move(memory),
        TypeSource(std::move(known), std::move(options.files), std::move(options.cache_dir)));
}

Result<std::vector<uint64_t>> sockets_in(const std::string& protocol, uint32_t inum) {
    KW_TRY(symbols::KernelTypes btf, symbols::KernelTypes::of_running());
    const auto iterator = btf.function_id("bpf_iter_" + protocol, "");
    if (!iterator) {
        return fail(ErrorKind::Unsupported, "this kernel has no iterator over {} sockets",
                    protocol);
    }
    KW_TRY(const host::Netns netns, host::open_netns(inum));
    std::vector<uint64_t> found;
    KW_CHECK_OK(host::in_netns(netns.fd.get(), [&]() -> Status {
        KW_TRY(found, list_sockets(iterator->number));
        return {};
    }));
    return found;
}

}  // namespace knowhy::collect
