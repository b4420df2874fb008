// From the faulting access to what the bad pointer was.
#pragma once

#include "model/oops.h"
#include "oops/pointer/fault.h"
#include "oops/pointer/names.h"
#include "oops/pointer/values.h"

namespace knowhy::oops {

// What is the same for every way to the fault.
struct Access {
    const model::OopsReport& report;
    const Fault& fault;  // with an operand and an address
    symbols::Arch arch;
    std::string instruction;  // in print
    uint64_t address = 0;     // the instruction's, in print
    unsigned bytes = 0;
    // What an address of the view is in print: the image's is not the text's.
    uint64_t print_offset = 0;
};

// One way's account of it. `values` have been solved. `names`: nullptr where no image is proven.
model::OopsReading read_pointer(const Access& access, Values& values, Names* names);

}  // namespace knowhy::oops
