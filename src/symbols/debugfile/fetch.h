// Debug files from debuginfod servers.
#pragma once

#include <string>

#include "base/result.h"
#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols {

// Whether the user named a server (DEBUGINFOD_URLS): nothing is asked otherwise.
bool servers_named();

// The path of the debug file with that build-id, in the user's debuginfod cache; it is fetched when
// it is not there yet. The library is opened only here, as it brings an HTTP client along.
Result<std::string> fetch_debug_file(const BuildId& id);

}  // namespace knowhy::symbols
