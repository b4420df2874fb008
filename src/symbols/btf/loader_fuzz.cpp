// Whatever libbpf takes for BTF becomes types that can be asked, or none.
#include "symbols/btf/loader.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cstdlib>

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

void ask(const Types& types, TypeId id) {
    (void)types.text(id);
    (void)types.bytes_of(id);
    (void)types.field(id, "next.next");
    (void)types.at_offset(id, 5);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr uint32_t kMost = 500;  // types of one input
    libbpf_set_print(nullptr);
    const BtfPtr source(btf__new(data, static_cast<uint32_t>(size)));
    if (!source) return 0;
    Types types;
    BtfLoader loader(source.get(), 1, types);
    for (uint32_t id = 0; id <= std::min(btf__type_cnt(source.get()), kMost); ++id) {
        ask(types, loader.load(id));
    }
    for (const char* name : {"struct flexible", "union u", "enum colour", "number"}) {
        if (const auto id = loader.named(name)) ask(types, *id);
    }
    if (const auto id = loader.function("outer")) ask(types, *id);
    const TypeIndex index(source.get(), 1);
    const btf_type* found = index.find("flexible", kAggregates);
    if (found != nullptr) (void)has_member(source.get(), found, "whole");
    return 0;
}
