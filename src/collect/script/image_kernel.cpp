#include "collect/script/image_kernel.h"

#include <linux/btf.h>

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "collect/script/pattern.h"
#include "collect/script/running_kernel.h"

namespace knowhy::collect {
namespace {

constexpr size_t kMostBareBtf = size_t{256} << 20U;

bool is_bare_btf(std::string_view bytes) {
    uint16_t magic = 0;
    if (bytes.size() < sizeof(magic)) return false;
    std::memcpy(&magic, bytes.data(), sizeof(magic));
    return magic == BTF_MAGIC;
}

std::string btf_section(const symbols::ElfFile& file) {
    for (const auto& section : file.sections()) {
        if (section.name != ".BTF") continue;
        const auto bytes = file.bytes_at(section.address);
        return {bytes.begin(), bytes.begin() + std::min<size_t>(bytes.size(), section.size)};
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<ImageKernel>> ImageKernel::open(const std::string& path) {
    std::unique_ptr<ImageKernel> kernel(new ImageKernel);
    kernel->arch_ = running_arch();
    kernel->path_ = path;
    if (auto bare = read_file(path, kMostBareBtf); bare && is_bare_btf(*bare)) {
        kernel->btf_ = std::move(*bare);
    } else {
        KW_TRY(kernel->file_, symbols::ElfFile::open(path));
        kernel->btf_ = btf_section(*kernel->file_);
        kernel->arch_ = kernel->file_->machine().arch;
    }
    if (kernel->btf() == nullptr) {
        return fail(ErrorKind::Usage, "{} has no BTF to check a script against: {}", escaped(path),
                    kernel->why_no_btf().message);
    }
    return kernel;
}

Result<symbols::CodeMap*> ImageKernel::code() {
    if (!file_) return fail(ErrorKind::Unsupported, "bare BTF has no lines and variables");
    symbols::LocateOptions how;
    how.places.vmlinux = path_;
    how.places.only_named = true;
    how.places.build_id = file_->build_id();  // what is asked about is this file, whatever runs
    if (!code_) code_ = symbols::CodeMap::open(std::move(how));
    if (!*code_) return tl::unexpected(code_->error());
    return &**code_;
}

Result<symbols::KernelTypes> ImageKernel::load_btf(std::shared_ptr<symbols::Types> into) {
    return symbols::KernelTypes::parse(std::as_bytes(std::span(btf_)), std::move(into));
}

Result<std::vector<lang::KernelFunction>> ImageKernel::functions(std::string_view pattern,
                                                                 std::string_view module) {
    const Pattern wanted(pattern);
    std::vector<std::string> names;
    if (modules_like(module).empty()) return std::vector<lang::KernelFunction>{};
    if (file_) {
        for (const auto& symbol : file_->symbols())
            if (symbol.function && wanted.matches(symbol.name)) names.emplace_back(symbol.name);
    } else {
        btf()->each_function("", [&](const symbols::KernelTypes::Function& function) {
            if (wanted.matches(function.name)) names.emplace_back(function.name);
        });
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::vector<lang::KernelFunction> functions;
    for (std::string& name : names) functions.push_back({std::move(name), ""});
    return functions;
}

std::optional<uint64_t> ImageKernel::address_of(std::string_view symbol) {
    if (!file_) return std::nullopt;
    for (const auto& known : file_->symbols())
        if (known.name == symbol) return known.address;
    return std::nullopt;
}

// Its system cannot be checked.
Result<std::vector<lang::Kernel::Tracepoint>> ImageKernel::tracepoints(std::string_view system,
                                                                       std::string_view name) {
    if (Pattern(name).has_wildcards() || Pattern(system).has_wildcards()) {
        return fail(ErrorKind::Unsupported,
                    "tracepoints are known by their names only, with a kernel's file");
    }
    const Tracepoint one{std::string(system), std::string(name)};
    KW_TRY(const auto fields, fields_by_type(one));
    return std::vector<Tracepoint>{one};
}

Result<std::vector<lang::TracepointField>> ImageKernel::tracepoint_fields(const Tracepoint& which) {
    return fields_by_type(which);
}

}  // namespace knowhy::collect
