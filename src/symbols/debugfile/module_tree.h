// The module files of one release below one directory.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::symbols {

// "nf_conntrack" for "nf-conntrack", "/a/nf-conntrack.ko.xz" and "nf-conntrack.ko.debug".
std::string module_name(std::string_view file);

// Paths of *.ko, *.ko.{xz,zst,gz,debug} below `directory`, by module name. A directory that cannot
// be read has none. Symbolic links to directories are not followed.
std::multimap<std::string, std::string> modules_below(const std::string& directory);

}  // namespace knowhy::symbols
