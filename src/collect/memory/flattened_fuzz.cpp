// Any bytes as a flattened dump: laid out, left alone, or refused; never more than they say.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "collect/memory/flattened.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const knowhy::UniqueFd file(memfd_create("flattened", MFD_CLOEXEC));
    if (!file.valid() || pwrite(file.get(), data, size, 0) != static_cast<ssize_t>(size)) return 0;
    const auto whole = knowhy::collect::unflatten(file.get());
    if (!whole && whole.error().message.empty()) std::abort();
    struct stat status {};
    if (whole && *whole && fstat((*whole)->get(), &status) != 0) std::abort();
    return 0;
}
