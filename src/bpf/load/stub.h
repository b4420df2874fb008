// Splicing a generated filter into a collector's object, before libbpf opens it.
//
// The object declares the place with KNOWHY_FILTER_STUB (stub.bpf.h). The patch overwrites that
// function's instructions in a copy of the object's bytes and changes no length, so relocations,
// func_info and line_info stay true. With a skeleton:
//
//     KW_TRY(auto bytes, patch_stub(original, "my_filter", program));
//     my_bpf__create_skeleton(obj);
//     obj->skeleton->data = bytes.data();     // must outlive the open
//     obj->skeleton->data_sz = bytes.size();
//     bpf_object__open_skeleton(obj->skeleton, &opts);
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bpf/insn/insn.h"

namespace knowhy::bpf {

// The most instructions a stub takes.
size_t stub_capacity();

// A copy of `object` (a relocatable BPF ELF file) in which the function `stub` holds `program`.
// The program ends with its only exit, jumps only inside itself and has no 16-byte instruction.
// A program too large for the stub is ErrorKind::Usage; an object without such a stub, or a program
// that breaks these rules, is Internal.
Result<std::vector<std::byte>> patch_stub(std::span<const std::byte> object, std::string_view stub,
                                          std::span<const Insn> program);

}  // namespace knowhy::bpf
