// A reading's names: the variable, the structure, the field.
#pragma once

#include <string>
#include <vector>

#include "model/oops.h"
#include "oops/pointer/classify.h"
#include "oops/pointer/names.h"
#include "oops/pointer/values.h"

namespace knowhy::oops {

// Adds to a reading what debug information calls it, where type, offset and size fit together.
class Namer {
  public:
    // `constant`: what the access adds to the pointer, or to the element; `bytes`: its width.
    Namer(model::OopsReading& reading, Values& values, Names& names, int64_t constant,
          unsigned bytes)
        : reading_(reading), values_(values), names_(names), constant_(constant), bytes_(bytes) {}

    // The pointer is that value, which is that number.
    void member(size_t index, uint64_t value, const PointerKind& kind);
    void element(size_t pointer, uint64_t index);

  private:
    void add_step(std::string text, std::string source = "");
    void trust_numbers();
    void take_name(const Named& named, std::string type);
    void take_fields(const std::vector<AccessedField>& fields, const std::string& before,
                     int64_t offset);
    bool array_inside(const Named& named, symbols::TypeId pointee, uint64_t offset, uint64_t index);

    model::OopsReading& reading_;
    Values& values_;
    Names& names_;
    int64_t constant_;
    unsigned bytes_;
};

}  // namespace knowhy::oops
