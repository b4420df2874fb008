#include "oops/pointer/fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace knowhy::oops {
namespace {

using symbols::Member;
using symbols::Type;
using symbols::TypeId;
using Kind = Type::Kind;

constexpr unsigned kDeepest = 32;
constexpr unsigned kMostTries = 10'000;  // debug information may be damaged
constexpr size_t kMostFields = 16;

class Finder {
  public:
    Finder(const symbols::Types& types, unsigned bytes) : types_(types), bytes_(bytes) {}

    std::vector<AccessedField> find(TypeId aggregate, uint64_t offset) {
        look(aggregate, offset, "", 0);
        const bool exact = std::ranges::any_of(found_, [](const Found& f) { return f.whole; });
        std::vector<AccessedField> fields;
        for (Found& found : found_) {
            if (!exact || found.whole) fields.push_back(std::move(found.field));
        }
        return fields;
    }

  private:
    struct Found {
        AccessedField field;
        bool whole = false;  // the access is to all of it, and no more
    };

    void look(TypeId id, uint64_t offset, const std::string& path, unsigned level) {
        if (level == kDeepest || ++tries_ > kMostTries || found_.size() == kMostFields) return;
        const TypeId inside = types_.resolved(id);
        const Type& type = types_[inside];
        if (type.kind == Kind::Struct || type.kind == Kind::Union) {
            for (const Member& member : type.members) look_at(member, offset, path, level);
        } else if (type.kind == Kind::Array) {
            const uint64_t element = types_.bytes_of(type.target);
            if (element == 0 || (type.count && offset / element >= *type.count)) return;
            look(type.target, offset % element, fmt::format("{}[{}]", path, offset / element),
                 level + 1);
        } else if (offset + bytes_ <= type.bytes) {
            found_.push_back({{path, id}, offset == 0 && bytes_ == type.bytes});
        }
    }

    void look_at(const Member& member, uint64_t offset, const std::string& path, unsigned level) {
        const std::string name = member.name.empty() ? path
                                 : path.empty()      ? member.name
                                                     : path + "." + member.name;
        const uint64_t from = member.bit_offset / 8;
        if (offset < from) return;
        if (member.bit_size == 0) return look(member.type, offset - from, name, level + 1);
        // A bit field is accessed with what lies around it.
        const uint64_t first = offset * 8;
        const uint64_t last = (offset + std::max(bytes_, 1U)) * 8;
        if (member.bit_offset < last && member.bit_offset + member.bit_size > first) {
            found_.push_back({{name, member.type}, false});
        }
    }

    const symbols::Types& types_;
    unsigned bytes_;
    unsigned tries_ = 0;
    std::vector<Found> found_;
};

}  // namespace

std::vector<AccessedField> fields_at(const symbols::Types& types, TypeId aggregate, uint64_t offset,
                                     unsigned bytes) {
    return Finder(types, bytes).find(aggregate, offset);
}

}  // namespace knowhy::oops
