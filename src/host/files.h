// Files of procfs, sysfs and tracefs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace knowhy::host {

// The whole file; its size is not known before it is read. Error with the call's errno (ENOENT,
// EACCES), and for one that is absurdly long: a cut file is never handed on as a whole one.
Result<std::string> read_kernel_file(const std::string& path);

// One write(2) of the whole text, as control files of the kernel want it. The file must exist.
Status write_kernel_file(const std::string& path, std::string_view text);

// The names in a directory, sorted, without "." and "..".
Result<std::vector<std::string>> list_directory(const std::string& path);

[[nodiscard]] bool file_exists(const std::string& path);

}  // namespace knowhy::host
