#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unordered_map>

#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "symbols/dwarf/index.h"
#include "symbols/dwarf/index_layout.h"

namespace knowhy::symbols {
namespace {

// Rotate and multiply, eight bytes at a time: the index is read whole each time it is opened, which
// must not take longer than the question.
uint64_t mixed(uint64_t state, uint64_t word) {
    return std::rotl(state ^ word, 29) * 0x9e37'79b9'7f4a'7c15ULL;
}

uint64_t hash_of(std::span<const uint8_t> bytes, uint64_t state) {
    while (bytes.size() >= sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        state = mixed(state, word + 1);
        bytes = bytes.subspan(sizeof word);
    }
    uint64_t last = 0;
    if (!bytes.empty()) std::memcpy(&last, bytes.data(), bytes.size());
    return mixed(state, last ^ bytes.size() << 56);
}

class Writer {
  public:
    uint32_t string(std::string_view text) {
        const auto [at, is_new] =
            offsets_.try_emplace(std::string(text), static_cast<uint32_t>(strings_.size()));
        if (is_new) strings_.append(text).push_back('\0');
        return at->second;
    }

    void add_functions(std::vector<NamedScope>& found) {
        std::sort(found.begin(), found.end(), [](const NamedScope& a, const NamedScope& b) {
            return a.name != b.name ? a.name < b.name : a.die < b.die;
        });
        for (size_t i = 0; i < found.size(); ++i) {
            if (i == 0 || found[i].name != found[i - 1].name) {
                functions_.push_back({string(found[i].name), size_of(entries_), 0});
            }
            ++functions_.back().count;
            entries_.push_back(
                {static_cast<uint32_t>(found[i].unit), static_cast<uint32_t>(found[i].die)});
        }
    }

    void add_files(std::vector<IndexContent::FileUnit>& files) {
        std::sort(files.begin(), files.end(),
                  [](const auto& a, const auto& b) { return a.file < b.file; });
        for (IndexContent::FileUnit& file : files) {
            std::sort(file.units.begin(), file.units.end());
            files_.push_back({string(file.file), size_of(file_units_), size_of(file.units)});
            for (const uint64_t unit : file.units) {
                file_units_.push_back(static_cast<uint32_t>(unit));
            }
        }
    }

    // Of one name the first in the file is kept.
    void add_types(std::vector<IndexContent::NamedType>& types) {
        std::sort(types.begin(), types.end(), [](const auto& a, const auto& b) {
            return a.name != b.name ? a.name < b.name : a.die < b.die;
        });
        for (size_t i = 0; i < types.size(); ++i) {
            if (i != 0 && types[i].name == types[i - 1].name) continue;
            types_.push_back({string(types[i].name), static_cast<uint32_t>(types[i].die)});
        }
    }

    std::string bytes(const IndexSource& source) {
        if (strings_.empty()) strings_.push_back('\0');
        std::string body;
        append(body, functions_);
        append(body, entries_);
        append(body, files_);
        append(body, file_units_);
        append(body, types_);
        body += strings_;
        IndexHeader header;
        header.source = index_identity(source);
        header.functions = size_of(functions_);
        header.entries = size_of(entries_);
        header.files = size_of(files_);
        header.file_units = size_of(file_units_);
        header.types = size_of(types_);
        header.strings = size_of(strings_);
        header.checksum =
            index_checksum(header, {reinterpret_cast<const uint8_t*>(body.data()), body.size()});
        return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
    }

  private:
    template <typename Table>
    static uint32_t size_of(const Table& table) {
        return static_cast<uint32_t>(table.size());
    }
    template <typename Element>
    static void append(std::string& body, const std::vector<Element>& table) {
        if (table.empty()) return;
        body.append(reinterpret_cast<const char*>(table.data()), table.size() * sizeof(Element));
    }

    std::vector<IndexName> functions_;
    std::vector<IndexEntry> entries_;
    std::vector<IndexName> files_;
    std::vector<uint32_t> file_units_;
    std::vector<IndexType> types_;
    std::string strings_;
    std::unordered_map<std::string, uint32_t> offsets_;
};

}  // namespace

uint64_t index_checksum(const IndexHeader& header, std::span<const uint8_t> body) {
    IndexHeader rest = header;
    rest.magic = 0;
    rest.checksum = 0;
    const uint64_t state =
        hash_of({reinterpret_cast<const uint8_t*>(&rest), sizeof rest}, body.size());
    return hash_of(body, state);
}

std::array<uint64_t, 2> index_identity(const IndexSource& source) {
    return {hash_of(source.build_id, source.info_bytes), source.info_bytes};
}

Result<std::string> index_bytes(const IndexSource& source, IndexContent content) {
    if (source.info_bytes > UINT32_MAX) {
        return fail(ErrorKind::Unsupported, "more than 4 GiB of debug information are not indexed");
    }
    Writer writer;
    writer.add_functions(content.functions);
    writer.add_files(content.files);
    writer.add_types(content.types);
    return writer.bytes(source);
}

std::string index_path(const std::string& cache_dir, const BuildId& id) {
    return fmt::format("{}/{}.idx", cache_dir, build_id_text(id));
}

Status write_index(const std::string& cache_dir, const BuildId& id, std::string_view bytes) {
    std::error_code error;
    std::filesystem::create_directories(cache_dir, error);
    if (error) return fail_errno(error.value(), "cannot make " + escaped(cache_dir));
    const std::string path = index_path(cache_dir, id);
    // Of its own name until it is whole: another process may write the same.
    std::string temporary = path + ".XXXXXX";
    UniqueFd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.valid()) return fail_errno(errno, "cannot write into " + escaped(cache_dir));
    if (const int problem = write_all(file.get(), bytes); problem != 0) {
        ::unlink(temporary.c_str());
        return fail_errno(problem, "cannot write " + escaped(temporary));
    }
    file.reset();
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int problem = errno;
        ::unlink(temporary.c_str());
        return fail_errno(problem, "cannot write " + escaped(path));
    }
    return {};
}

}  // namespace knowhy::symbols
