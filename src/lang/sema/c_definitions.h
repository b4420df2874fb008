// The C definitions at the top of a script: struct, union, enum, typedef. Laid out as the System V
// ABI does for 64-bit machines. They come before the kernel's own types of the same name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lang/sema/kernel.h"
#include "lang/source/source.h"

namespace knowhy::lang {

class CDefinitions {
  public:
    // `kernel` must outlive this: names that the script does not define are its.
    explicit CDefinitions(Kernel& kernel) : kernel_(kernel) {}

    // One definition, as it stands in the script at `span`.
    void read(const Source& source, Span span, Diagnostics& diagnostics);

    // "struct foo", "enum bar", or a typedef's name: the script's own, else the kernel's.
    std::optional<symbols::TypeId> type(std::string_view name);
    [[nodiscard]] std::optional<Enumerated> enumerator(std::string_view name) const;

  private:
    friend class CReader;
    Kernel& kernel_;
    std::map<std::string, symbols::TypeId, std::less<>> types_;
    std::map<std::string, Enumerated, std::less<>> enumerators_;
};

}  // namespace knowhy::lang
