// Whole files into memory, within a bound.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace knowhy {

// Everything in the file, also where its size is not known beforehand (procfs, a pipe). More than
// `limit` bytes is an error (Usage), and so is a directory.
Result<std::string> read_file(const std::string& path, size_t limit);

// Writes all of the bytes, however many calls that takes. 0, or the errno of the one that failed.
int write_all(int fd, std::string_view bytes);

}  // namespace knowhy
