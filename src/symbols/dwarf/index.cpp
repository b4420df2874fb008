#include "symbols/dwarf/index.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/text.h"
#include "symbols/dwarf/index_layout.h"

namespace knowhy::symbols {

// The tables as they lie in the file.
struct Index::Layout {
    std::span<const IndexName> functions;
    std::span<const IndexEntry> entries;
    std::span<const IndexName> files;
    std::span<const uint32_t> file_units;
    std::span<const IndexType> types;
    std::string_view strings;
};

class Index::Mapping {
  public:
    Mapping(void* start, size_t size) : start_(start), size_(size) {}
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { ::munmap(start_, size_); }

  private:
    void* start_;
    size_t size_;
};

namespace {

// Takes tables off the front, within bounds.
class Cutter {
  public:
    explicit Cutter(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    template <typename Element>
    std::span<const Element> take(uint64_t count) {
        if (count > bytes_.size() / sizeof(Element)) {
            ok_ = false;
            return {};
        }
        const auto* start = reinterpret_cast<const Element*>(bytes_.data());
        bytes_ = bytes_.subspan(count * sizeof(Element));
        return {start, count};
    }
    // Nothing was beyond the end, and nothing is left over.
    [[nodiscard]] bool fits() const { return ok_ && bytes_.empty(); }

  private:
    std::span<const uint8_t> bytes_;
    bool ok_ = true;
};

bool ranges_fit(std::span<const IndexName> names, size_t entries, size_t strings) {
    return std::all_of(names.begin(), names.end(), [&](const IndexName& name) {
        return name.string < strings && name.first <= entries && name.count <= entries - name.first;
    });
}

bool types_fit(std::span<const IndexType> types, size_t strings) {
    return std::all_of(types.begin(), types.end(),
                       [&](const IndexType& type) { return type.string < strings; });
}

}  // namespace

Index::Index() : layout_(std::make_unique<Layout>()) {}
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;
Index::~Index() = default;

Status Index::check(const IndexSource& source) {
    IndexHeader header;
    if (bytes_.size() < sizeof header) return fail(ErrorKind::Usage, "too short");
    std::memcpy(&header, bytes_.data(), sizeof header);
    const std::span<const uint8_t> body = bytes_.subspan(sizeof header);
    if (header.magic != kIndexMagic) return fail(ErrorKind::Usage, "of another version or machine");
    if (header.source != index_identity(source)) {
        return fail(ErrorKind::Usage, "made of another file");
    }
    if (header.checksum != index_checksum(header, body)) {
        return fail(ErrorKind::Usage, "damaged (checksum)");
    }
    Cutter cutter(body);
    layout_->functions = cutter.take<IndexName>(header.functions);
    layout_->entries = cutter.take<IndexEntry>(header.entries);
    layout_->files = cutter.take<IndexName>(header.files);
    layout_->file_units = cutter.take<uint32_t>(header.file_units);
    layout_->types = cutter.take<IndexType>(header.types);
    const auto strings = cutter.take<char>(header.strings);
    layout_->strings = {strings.data(), strings.size()};
    const bool fits = cutter.fits() && !strings.empty() && strings.back() == '\0' &&
                      ranges_fit(layout_->functions, header.entries, header.strings) &&
                      ranges_fit(layout_->files, header.file_units, header.strings) &&
                      types_fit(layout_->types, header.strings);
    if (!fits) return fail(ErrorKind::Usage, "damaged (its tables do not fit)");
    return {};
}

Result<Index> Index::over(std::span<const uint8_t> bytes, const IndexSource& source) {
    Index index;
    index.bytes_ = bytes;
    if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(IndexHeader) != 0) {
        return fail(ErrorKind::Internal, "an index that is not aligned");
    }
    KW_CHECK_OK(index.check(source));
    return index;
}

Result<Index> Index::open(const std::string& path, const IndexSource& source) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info = {};
    if (!file.valid() || ::fstat(file.get(), &info) != 0) {
        return fail_errno(errno, fmt::format("cannot open {}", escaped(path)));
    }
    if (!S_ISREG(info.st_mode) || info.st_size <= 0) return fail(ErrorKind::Usage, "too short");
    const auto size = static_cast<size_t>(info.st_size);
    void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (start == MAP_FAILED) return fail_errno(errno, fmt::format("cannot map {}", escaped(path)));
    auto mapping = std::make_unique<Mapping>(start, size);
    KW_TRY(Index index, over({static_cast<const uint8_t*>(start), size}, source));
    index.mapping_ = std::move(mapping);
    return index;
}

std::string_view Index::string(uint32_t at) const {
    // The last byte of all strings is NUL, and `at` is within them.
    return layout_->strings.data() + at;
}

void Index::functions_named(std::string_view name, const TakeFunction& take) const {
    const auto found = std::lower_bound(
        layout_->functions.begin(), layout_->functions.end(), name,
        [&](const IndexName& a, std::string_view wanted) { return string(a.string) < wanted; });
    if (found == layout_->functions.end() || string(found->string) != name) return;
    for (const IndexEntry& entry : layout_->entries.subspan(found->first, found->count)) {
        take({string(found->string), entry.unit, entry.die});
    }
}

void Index::functions_matching(const NameMatch& matches, const TakeFunction& take) const {
    for (const IndexName& function : layout_->functions) {
        const std::string_view name = string(function.string);
        if (!matches(name)) continue;
        for (const IndexEntry& entry : layout_->entries.subspan(function.first, function.count)) {
            take({name, entry.unit, entry.die});
        }
    }
}

std::vector<uint64_t> Index::units_of_files(const NameMatch& matches) const {
    std::vector<uint64_t> units;
    for (const IndexName& file : layout_->files) {
        if (!matches(string(file.string))) continue;
        const auto of_file = layout_->file_units.subspan(file.first, file.count);
        units.insert(units.end(), of_file.begin(), of_file.end());
    }
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    return units;
}

std::optional<uint64_t> Index::type_named(std::string_view name) const {
    const auto found = std::lower_bound(
        layout_->types.begin(), layout_->types.end(), name,
        [&](const IndexType& a, std::string_view wanted) { return string(a.string) < wanted; });
    if (found == layout_->types.end() || string(found->string) != name) return std::nullopt;
    return found->die;
}

}  // namespace knowhy::symbols
