#include "collect/memory/core_file.h"

#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.h"
#include "base/text.h"
#include "collect/memory/flattened.h"

namespace knowhy::collect {
namespace {

struct FreeContext {
    void operator()(kdump_ctx_t* context) const { kdump_free(context); }
};
using Context = std::unique_ptr<kdump_ctx_t, FreeContext>;

class ReadByLibrary final : public CoreFile {
  public:
    ReadByLibrary(Context context, UniqueFd file)
        : file_(std::move(file)), context_(std::move(context)) {}

    bool read(uint64_t address, std::span<uint8_t> bytes) override {
        size_t size = bytes.size();
        const auto status = kdump_read(context_.get(), KDUMP_KVADDR, address, bytes.data(), &size);
        return status == KDUMP_OK && size == bytes.size();
    }

    [[nodiscard]] std::optional<std::string> note(const std::string& key) const override {
        char* line = nullptr;
        if (kdump_vmcoreinfo_line(context_.get(), key.c_str(), &line) != KDUMP_OK)
            return std::nullopt;
        std::string text(line);
        std::free(line);  // NOLINT(cppcoreguidelines-no-malloc): the library's malloc
        return text;
    }

  private:
    UniqueFd file_;  // the context reads it, and goes first
    Context context_;
};

}  // namespace

Result<std::unique_ptr<CoreFile>> CoreFile::open(const std::string& path,
                                                 const std::string& machine) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        auto failed = fail_errno(errno, fmt::format("cannot open {}", escaped(path)));
        failed.value().kind = ErrorKind::Usage;
        return failed;
    }
    KW_TRY(auto laid_out, unflatten(file.get()));
    if (laid_out) file = std::move(*laid_out);
    Context context(kdump_new());
    if (context == nullptr) return fail(ErrorKind::System, "no memory to read {}", escaped(path));
    const auto refused = [&](const char* what) {
        const char* const why = kdump_get_err(context.get());
        return fail(ErrorKind::Usage, "{} {}: {}", escaped(path), what,
                    why != nullptr ? escaped(why) : "the library does not say why");
    };
    if (kdump_open_fd(context.get(), file.get()) != KDUMP_OK) return refused("is no vmcore");
    kdump_attr_t known{};
    const bool told = kdump_get_attr(context.get(), KDUMP_ATTR_ARCH_NAME, &known) == KDUMP_OK;
    if (!told &&
        kdump_set_string_attr(context.get(), KDUMP_ATTR_ARCH_NAME, machine.c_str()) != KDUMP_OK)
        return refused("is of a machine that is not known");
    if (kdump_set_string_attr(context.get(), KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK)
        return refused("cannot be read as a Linux kernel's memory");
    return std::make_unique<ReadByLibrary>(std::move(context), std::move(file));
}

}  // namespace knowhy::collect
