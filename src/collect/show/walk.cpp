#include "collect/show/walk.h"

#include <array>
#include <set>

#include "base/nearest.h"
#include "base/text.h"
#include "collect/show/scalars.h"

namespace knowhy::collect {
namespace {

using symbols::Type;
using Kind = Type::Kind;

// Those of unnamed members are a struct's own.
void collect_members(const TypeRef& type, unsigned level, std::vector<std::string>& names) {
    constexpr unsigned kMostLevels = 8;
    if (level == kMostLevels) return;
    for (const symbols::Member& member : type.resolved().members) {
        if (member.name.empty()) collect_members(type.to(member.type), level + 1, names);
        names.push_back(member.name);
    }
}

class Walker {
  public:
    Walker(KernelView& view, Spot spot) : view_(view), spot_(std::move(spot)) {}

    tl::expected<Spot, WalkProblem> along(const Path& path) {
        for (const PathStep& step : path) {
            Status taken = step.member.empty() ? take_index(step) : take_member(step);
            if (!taken) return tl::unexpected(WalkProblem{step.at, std::move(taken).error()});
            until_here_ = step.until_here;
        }
        return std::move(spot_);
    }

  private:
    // From a pointer to what it points to.
    Status dereference(uint64_t index) {
        const auto target = spot_.type.types->pointee(spot_.type.id);
        std::array<uint8_t, 8> bytes{};
        if (!view_.memory().read(spot_.address, bytes)) {
            return fail(ErrorKind::System, "{}: {} cannot be read", until_here_,
                        hex(spot_.address));
        }
        const uint64_t to = number_in(bytes, 0, 64, false);
        if (to == 0) return fail(ErrorKind::System, "{} is NULL", until_here_);
        TypeRef type = complete(view_, spot_.type.to(*target));
        const uint64_t address = to + index * type.bytes();
        const std::string name = type.resolved().name;
        spot_ = {std::move(type), address, 0, 0, name, ""};
        return {};
    }

    Status take_member(const PathStep& step) {
        if (spot_.type.resolved().kind == Kind::Pointer) KW_CHECK_OK(dereference(0));
        const Type& type = spot_.type.resolved();
        const auto place = spot_.type.types->field(spot_.type.id, step.member);
        if (!place) return tl::unexpected(no_member(step.member));
        const uint64_t bit = place->bit_offset;
        spot_ = {spot_.type.to(place->type),
                 spot_.address + bit / 8,
                 static_cast<uint32_t>(bit % 8),
                 place->bit_size,
                 type.name,
                 step.member};
        return {};
    }

    Status take_index(const PathStep& step) {
        const Type& type = spot_.type.resolved();
        if (type.kind == Kind::Pointer) return dereference(step.index);
        if (type.kind != Kind::Array)
            return fail(ErrorKind::Usage, "{} is no array", spot_.type.text());
        if (type.count && step.index >= *type.count) {
            return fail(ErrorKind::Usage, "{} has no element {}", spot_.type.text(), step.index);
        }
        const TypeRef element = spot_.type.to(type.target);
        spot_.address += step.index * element.bytes();
        spot_.type = element;
        return {};
    }

    [[nodiscard]] Error no_member(const std::string& name) const {
        const Type& type = spot_.type.resolved();
        const bool group = type.kind == Kind::Struct || type.kind == Kind::Union;
        if (!group) {
            return {ErrorKind::Usage,
                    fmt::format("{} has no members{}", spot_.type.text(),
                                type.kind == Kind::Incomplete ? ": it is only declared" : "")};
        }
        std::vector<std::string> names;
        collect_members(spot_.type, 0, names);
        std::string words = fmt::format("{} has no member '{}'", spot_.type.text(), name);
        if (const auto near = nearest(name, names))
            words += fmt::format("; did you mean '{}'?", *near);
        return {ErrorKind::Usage, std::move(words)};
    }

    KernelView& view_;
    Spot spot_;
    std::string until_here_;
};

// How one object is linked to the next.
struct Links {
    uint64_t offset = 0;     // of the link in an object
    bool to_object = false;  // the pointer is to the next object, not to the link in it
};

uint64_t next_of(KernelView& view, uint64_t link, bool& readable) {
    std::array<uint8_t, 8> bytes{};
    readable = view.memory().read(link, bytes);
    return number_in(bytes, 0, 64, false);
}

}  // namespace

tl::expected<Spot, WalkProblem> walk(KernelView& view, const TypeRef& from, uint64_t address,
                                     const Path& path) {
    return Walker(view, {from, address, 0, 0, from.resolved().name, ""}).along(path);
}

tl::expected<Walked, WalkProblem> walk_list(KernelView& view, const TypeRef& type, uint64_t address,
                                            const std::string& member, bool is_head, size_t most) {
    const auto path = parse_path(member);
    if (!path)
        return tl::unexpected(
            WalkProblem{path.error().at, {ErrorKind::Usage, path.error().message}});
    // Where the member is in an object: a path without pointers reads no memory.
    KW_TRY(const Spot link, walk(view, type, 0, *path));
    const Links links{link.address, link.type.resolved().kind == Kind::Pointer};
    if (!links.to_object && link.type.resolved().members.empty()) {
        return tl::unexpected(
            WalkProblem{0,
                        {ErrorKind::Usage,
                         fmt::format("{} links no list: it is {}", member, link.type.text())}});
    }
    Walked walked;
    std::set<uint64_t> seen;
    bool readable = true;
    // Of a head the first pointer leads to the first link, as in an object.
    const uint64_t first = is_head || links.to_object ? address : address + links.offset;
    uint64_t at = is_head ? next_of(view, first, readable) : first;
    if (is_head && at == first) return walked;
    while (readable && at != 0 && (at & 1U) == 0) {  // an odd one ends a list of nulls
        if (!seen.insert(at).second) {
            walked.stopped = fmt::format("{} comes again: a loop", hex(at));
            break;
        }
        if (walked.addresses.size() == most) {
            walked.stopped = fmt::format("there are more than {}", most);
            break;
        }
        const uint64_t object = links.to_object ? at : at - links.offset;
        const uint64_t next = next_of(view, object + links.offset, readable);
        if (!readable) break;
        walked.addresses.push_back(object);
        at = next;
        if (at == first) break;
    }
    if (!readable) walked.stopped = fmt::format("{} cannot be read", hex(at));
    return walked;
}

}  // namespace knowhy::collect
