#include "collect/show/core_view.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "collect/memory/core_file.h"
#include "collect/show/core_modules.h"
#include "collect/show/type_source.h"
#include "collect/show/walk.h"

namespace knowhy::collect {
namespace {

using symbols::ElfFile;

constexpr size_t kMostModules = 10'000;

class CoreView final : public KernelView {
  public:
    CoreView(std::unique_ptr<CoreFile> core, std::shared_ptr<const ElfFile> vmlinux,
             TypeSource types)
        : core_(std::move(core)),
          vmlinux_(std::move(vmlinux)),
          types_(std::move(types)),
          offset_(parse_u64(core_->note("KERNELOFFSET").value_or("0"), 16).value_or(0)) {}

    KernelMemory& memory() override { return *core_; }
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
        const auto& symbols = vmlinux_->symbols();
        const uint64_t linked = address - offset_;
        auto after = std::upper_bound(
            symbols.begin(), symbols.end(), linked,
            [](uint64_t wanted, const ElfFile::Symbol& each) { return wanted < each.address; });
        if (after == symbols.begin() || vmlinux_->section_of(linked) == nullptr)
            return modules_.symbol_at(*this, address);
        const auto& found = *--after;
        if (linked >= found.address + std::max<uint64_t>(found.size, 1)) return "";
        const uint64_t into = linked - found.address;
        return into == 0 ? std::string(found.name) : fmt::format("{}+{:#x}", found.name, into);
    }

    Result<uint64_t> address_of(std::string_view symbol) override {
        for (const auto& known : vmlinux_->symbols())
            if (known.name == symbol) return known.address + offset_;
        return fail(ErrorKind::Usage, "no symbol '{}' in {}", escaped(symbol),
                    escaped(vmlinux_->path()));
    }

    // 0: the first one, which the machine started with.
    Result<uint64_t> net_namespace(uint32_t inum) override {
        KW_TRY(const uint64_t first, address_of("init_net"));
        if (inum == 0) return first;
        KW_TRY(const uint64_t head, address_of("net_namespace_list"));
        KW_TRY(const TypeRef net, type("struct net", ""));
        auto walked = walk_list(*this, net, head, "list", true, kMostModules);
        if (!walked) return tl::unexpected(std::move(walked).error().error);
        for (const uint64_t each : walked->addresses)
            if (KernelObject(*this, net, each).number("ns.inum") == inum) return each;
        return fail(ErrorKind::Usage, "no network namespace {} in the dump", inum);
    }

    [[nodiscard]] std::string release() const override {
        return core_->note("OSRELEASE").value_or("");
    }

    // A wrong file, or offset, would give wrong values in silence.
    Status check() {
        KW_TRY(const uint64_t banner, address_of("linux_banner"));
        const auto linked = vmlinux_->bytes_at(banner - offset_);
        std::vector<uint8_t> there(std::min<size_t>(linked.size(), 64));
        if (!core_->read(banner, there)) {
            return fail(ErrorKind::Usage,
                        "the dump's kernel is not where {} has it: linux_banner cannot be read at "
                        "{} (KERNELOFFSET {})",
                        escaped(vmlinux_->path()), hex(banner), hex(offset_));
        }
        if (!std::equal(there.begin(), there.end(), linked.begin())) {
            return fail(ErrorKind::Usage, "the dump's kernel is not {}: its banner is another",
                        escaped(vmlinux_->path()));
        }
        return {};
    }

    void read_modules() {
        const auto head = address_of("modules");
        const auto type = find_type("struct module", "");
        if (!head || !type) return;
        const auto walked = walk_list(*this, *type, *head, "list", true, kMostModules);
        if (!walked) return;
        for (const uint64_t each : walked->addresses)
            modules_.add(KernelObject(*this, *type, each));
    }

    void add_types_of_modules(const symbols::ImageFinder& files) {
        for (const std::string& name : modules_.names()) {
            const auto image = files.module(name);
            const auto file = image ? (image->debug ? image->debug : image->code) : nullptr;
            const auto bytes = file ? btf_section(*file) : std::span<const std::byte>{};
            if (bytes.empty() || types_.btf() == nullptr) continue;
            if (const auto added = types_.btf()->add_module(name, bytes); !added)
                log::debug("{}", added.error().message);
        }
    }

  private:
    std::unique_ptr<CoreFile> core_;
    std::shared_ptr<const ElfFile> vmlinux_;
    TypeSource types_;
    uint64_t offset_;  // of KASLR
    CoreModules modules_;
};

// As uname -m has it.
std::string machine_name(symbols::Arch arch) {
    return arch == symbols::Arch::Arm64 ? "aarch64" : "x86_64";
}

Status same_build(const CoreFile& core, const ElfFile& vmlinux) {
    const auto dumped = core.note("BUILD-ID");
    if (!dumped || !vmlinux.build_id()) return {};
    const std::string file = symbols::build_id_text(*vmlinux.build_id());
    if (*dumped == file) return {};
    return fail(ErrorKind::Usage, "{} is another kernel: its build-id is {}, the dump's {}",
                escaped(vmlinux.path()), file, escaped(*dumped));
}

}  // namespace

Result<std::unique_ptr<KernelView>> view_core(CoreOptions options) {
    if (!options.files.vmlinux)
        return fail(ErrorKind::Usage, "--core needs --vmlinux: the dumped kernel's debug file");
    KW_TRY(ElfFile opened, ElfFile::open(*options.files.vmlinux));
    auto vmlinux = std::make_shared<const ElfFile>(std::move(opened));
    KW_TRY(auto core, CoreFile::open(options.core, machine_name(vmlinux->machine().arch)));
    KW_CHECK_OK(same_build(*core, *vmlinux));
    options.files.release = core->note("OSRELEASE").value_or("");
    options.files.build_id = vmlinux->build_id();
    options.files.ask_servers = false;
    std::optional<symbols::KernelTypes> btf;
    if (const auto bytes = btf_section(*vmlinux); !bytes.empty()) {
        KW_TRY(btf, symbols::KernelTypes::parse(bytes));
    }
    const auto files = symbols::ImageFinder::open(options.files);
    auto view = std::make_unique<CoreView>(
        std::move(core), vmlinux,
        TypeSource(std::move(btf), std::move(options.files), std::move(options.cache_dir)));
    KW_CHECK_OK(view->check());
    view->read_modules();
    if (files) view->add_types_of_modules(*files);
    return view;
}

}  // namespace knowhy::collect
