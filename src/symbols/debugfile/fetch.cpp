#include "symbols/debugfile/fetch.h"

#include <dlfcn.h>
#include <elfutils/debuginfod.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/fd.h"
#include "base/log.h"

namespace knowhy::symbols {
namespace {

struct LibraryCloser {
    void operator()(void* handle) const { ::dlclose(handle); }
};

struct Library {
    std::unique_ptr<void, LibraryCloser> handle{::dlopen("libdebuginfod.so.1", RTLD_NOW)};

    template <typename Function>
    Function* function(const char* name) const {
        return handle ? reinterpret_cast<Function*>(::dlsym(handle.get(), name)) : nullptr;
    }
};

}  // namespace

bool servers_named() {
    const char* urls = std::getenv(DEBUGINFOD_URLS_ENV_VAR);
    return urls != nullptr && *urls != '\0';
}

Result<std::string> fetch_debug_file(const BuildId& id) {
    // Kept open until the program ends: libcurl does not like to be unloaded.
    static const Library library;
    auto* begin = library.function<decltype(debuginfod_begin)>("debuginfod_begin");
    auto* end = library.function<decltype(debuginfod_end)>("debuginfod_end");
    auto* find = library.function<decltype(debuginfod_find_debuginfo)>("debuginfod_find_debuginfo");
    if (begin == nullptr || end == nullptr || find == nullptr) {
        return fail(ErrorKind::Unsupported, "libdebuginfod.so.1 is not installed");
    }
    const std::unique_ptr<debuginfod_client, decltype(end)> client(begin(), end);
    if (!client) return fail(ErrorKind::System, "debuginfod cannot be started");
    log::note("asking the debuginfod servers for {}", build_id_text(id));
    char* path = nullptr;
    const UniqueFd file(find(client.get(), id.data(), static_cast<int>(id.size()), &path));
    const std::unique_ptr<char, decltype(&std::free)> owner(path, std::free);
    if (file.get() == -ENOENT) {
        return fail(ErrorKind::Usage, "the debuginfod servers do not have it");
    }
    if (!file.valid() || path == nullptr) {
        return fail_errno(-file.get(), "asking the debuginfod servers");
    }
    return std::string(path);
}

}  // namespace knowhy::symbols
