// Any bytes behind a right header are refused, or answer within their own bounds.
#include <cstdlib>
#include <cstring>

#include "symbols/dwarf/index.h"
#include "symbols/dwarf/index_layout.h"

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const IndexSource source{{1, 2, 3}, 1000};
    std::vector<uint64_t> words(size / 8 + 1 + sizeof(IndexHeader) / 8);
    auto* bytes = reinterpret_cast<uint8_t*>(words.data());
    std::memcpy(bytes, data, size);
    // The checksum would keep everything else out: it is made right, as an accident cannot.
    if (size >= sizeof(IndexHeader)) {
        IndexHeader header;
        std::memcpy(&header, bytes, sizeof header);
        header.magic = kIndexMagic;
        header.source = index_identity(source);
        header.checksum = index_checksum(header, {bytes + sizeof header, size - sizeof header});
        std::memcpy(bytes, &header, sizeof header);
    }
    const auto index = Index::over({bytes, size}, source);
    if (!index) return 0;
    size_t length = 0;
    index->functions_matching([](std::string_view) { return true; },
                              [&](const NamedScope& scope) { length += scope.name.size(); });
    index->functions_named("outer", [&](const NamedScope& scope) { length += scope.die; });
    (void)index->units_of_files([](std::string_view name) { return name.size() > 3; });
    (void)index->type_named("struct s");
    return length == ~size_t{0} ? 1 : 0;
}
