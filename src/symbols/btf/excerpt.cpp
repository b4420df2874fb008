#include "symbols/btf/excerpt.h"

#include <cerrno>

namespace knowhy::symbols {
namespace {

constexpr unsigned kMostLevels = 64;  // by value types nest a few deep; more is damage

Result<uint32_t> added(int id) {
    if (id < 0) return fail_errno(-id, "copying a BTF type");
    return static_cast<uint32_t>(id);
}

}  // namespace

BtfExcerpt::BtfExcerpt(const btf* source) : source_(source), target_(btf__new_empty()) {}

Status BtfExcerpt::add(uint32_t id) {
    if (!target_) return fail(ErrorKind::Internal, "no memory for BTF");
    KW_TRY([[maybe_unused]] const uint32_t copied_as, copy(id, kMostLevels));
    return {};
}

Result<std::vector<std::byte>> BtfExcerpt::bytes() const {
    uint32_t size = 0;
    const void* const data = target_ ? btf__raw_data(target_.get(), &size) : nullptr;
    if (data == nullptr) return fail(ErrorKind::Internal, "no memory for BTF");
    const auto* const begin = static_cast<const std::byte*>(data);
    return std::vector<std::byte>(begin, begin + size);
}

Result<uint32_t> BtfExcerpt::copy(uint32_t id, unsigned levels) {
    if (const auto known = copies_.find(id); known != copies_.end()) return known->second;
    const btf_type* const type = btf__type_by_id(source_, id);
    if (type == nullptr || levels == 0) return fail(ErrorKind::Internal, "damaged BTF");
    KW_TRY(const uint32_t copied_as, copy_new(type, levels - 1));
    copies_.emplace(id, copied_as);
    return copied_as;
}

Result<uint32_t> BtfExcerpt::copy_new(const btf_type* type, unsigned levels) {
    switch (btf_kind(type)) {
        case BTF_KIND_INT:
        case BTF_KIND_FLOAT:
        case BTF_KIND_ENUM:
        case BTF_KIND_ENUM64:
            return as_it_is(type);
        case BTF_KIND_PTR:
            return added(btf__add_ptr(target_.get(), 0));
        case BTF_KIND_ARRAY:
            return copy_array(type, levels);
        case BTF_KIND_STRUCT:
        case BTF_KIND_UNION:
            return copy_aggregate(type, levels);
        case BTF_KIND_TYPEDEF:
        case BTF_KIND_CONST:
        case BTF_KIND_VOLATILE:
        case BTF_KIND_RESTRICT:
        case BTF_KIND_TYPE_TAG:
            return copy_reference(type, levels);
        default:
            return 0U;
    }
}

Result<uint32_t> BtfExcerpt::as_it_is(const btf_type* type) {
    return added(btf__add_type(target_.get(), source_, type));
}

Result<uint32_t> BtfExcerpt::copy_array(const btf_type* type, unsigned levels) {
    const auto* const array = btf_array(type);
    KW_TRY(const uint32_t element, copy(array->type, levels));
    KW_TRY(const uint32_t index, copy(array->index_type, levels));
    return added(btf__add_array(target_.get(), static_cast<int>(index), static_cast<int>(element),
                                array->nelems));
}

// Copied with the source's numbers in it, which are then replaced.
Result<uint32_t> BtfExcerpt::copy_aggregate(const btf_type* type, unsigned levels) {
    std::vector<uint32_t> members;
    for (unsigned i = 0; i < btf_vlen(type); ++i) {
        KW_TRY(const uint32_t member, copy(btf_members(type)[i].type, levels));
        members.push_back(member);
    }
    KW_TRY(const uint32_t id, as_it_is(type));
    for (unsigned i = 0; i < members.size(); ++i) btf_members(copied(id))[i].type = members[i];
    return id;
}

Result<uint32_t> BtfExcerpt::copy_reference(const btf_type* type, unsigned levels) {
    const uint32_t target = type->type;
    uint32_t inner = 0;
    if (target != 0) {
        KW_TRY(inner, copy(target, levels));
    }
    KW_TRY(const uint32_t id, as_it_is(type));
    copied(id)->type = inner;
    return id;
}

// libbpf lets its caller change what it added, and hides that behind const.
btf_type* BtfExcerpt::copied(uint32_t id) {
    return const_cast<btf_type*>(btf__type_by_id(target_.get(), id));
}

}  // namespace knowhy::symbols
