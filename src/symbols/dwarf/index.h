// A file's names and where they lead, written down once per build: functions and their inlined
// instances, source files and the units whose line tables name them, types.
//
// The layout is this machine's own (byte order, alignment): an index is made where it is used and
// made anew when anything does not fit. It holds offsets into .debug_info only, so that every
// answer is still read from the debug information itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/scan.h"

namespace knowhy::symbols {

// What an index must have been made of.
struct IndexSource {
    BuildId build_id;
    uint64_t info_bytes = 0;  // of .debug_info
    bool operator==(const IndexSource&) const = default;
};

// The parts of an index before they are written. Views are into the debug sections.
struct IndexContent {
    std::vector<NamedScope> functions;
    struct FileUnit {
        std::string file;  // as LineHeader::file() has it
        std::vector<uint64_t> units;
    };
    std::vector<FileUnit> files;
    struct NamedType {
        std::string name;  // "struct sk_buff", "u32"
        uint64_t die = 0;
    };
    std::vector<NamedType> types;
};

// The bytes of an index file. Unsupported when .debug_info is larger than an offset here can tell.
Result<std::string> index_bytes(const IndexSource& source, IndexContent content);

class Index {
  public:
    // An Error says what does not fit; nothing of such an index is ever used.
    static Result<Index> open(const std::string& path, const IndexSource& source);
    // The same of bytes that stay where they are.
    static Result<Index> over(std::span<const uint8_t> bytes, const IndexSource& source);
    Index(Index&&) noexcept;
    Index& operator=(Index&&) noexcept;
    ~Index();

    using TakeFunction = std::function<void(const NamedScope&)>;
    // Of exactly that name; quick.
    void functions_named(std::string_view name, const TakeFunction& take) const;
    void functions_matching(const NameMatch& matches, const TakeFunction& take) const;
    // Units whose line table names a file that matches: header offsets, ascending, each once.
    [[nodiscard]] std::vector<uint64_t> units_of_files(const NameMatch& matches) const;
    [[nodiscard]] std::optional<uint64_t> type_named(std::string_view name) const;

  private:
    struct Layout;
    class Mapping;
    Index();
    Status check(const IndexSource& source);
    [[nodiscard]] std::string_view string(uint32_t at) const;

    std::span<const uint8_t> bytes_;
    std::unique_ptr<Layout> layout_;
    std::unique_ptr<Mapping> mapping_;
};

// "DIR/<build-id>.idx".
std::string index_path(const std::string& cache_dir, const BuildId& id);
// Makes the directory, and the file at once or not at all.
Status write_index(const std::string& cache_dir, const BuildId& id, std::string_view bytes);

}  // namespace knowhy::symbols
