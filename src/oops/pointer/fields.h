// Which member of a structure an access is to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "symbols/types/types.h"

namespace knowhy::oops {

struct AccessedField {
    std::string path;  // "sk.__sk_common.skc_family", "tbl[16].next"
    symbols::TypeId type = symbols::kVoid;
};

// The members at that offset that an access of as many bytes may be of, as declared; of a union
// there may be several. 0 bytes: of any size.
std::vector<AccessedField> fields_at(const symbols::Types& types, symbols::TypeId aggregate,
                                     uint64_t offset, unsigned bytes);

}  // namespace knowhy::oops
