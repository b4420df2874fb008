#include "model/oops.h"

namespace knowhy::model {

std::string_view name_of(OopsKind kind) {
    switch (kind) {
        case OopsKind::Unknown:
            return "unknown";
        case OopsKind::NullDereference:
            return "null-dereference";
        case OopsKind::PagingRequest:
            return "paging-request";
        case OopsKind::GeneralProtection:
            return "general-protection";
        case OopsKind::AlignmentFault:
            return "alignment-fault";
        case OopsKind::BusError:
            return "bus-error";
        case OopsKind::InvalidOpcode:
            return "invalid-opcode";
        case OopsKind::Bug:
            return "bug";
        case OopsKind::Warning:
            return "warning";
        case OopsKind::DivideError:
            return "divide-error";
        case OopsKind::StackOverflow:
            return "stack-overflow";
        case OopsKind::DoubleFault:
            return "double-fault";
        case OopsKind::Kasan:
            return "kasan";
        case OopsKind::Kfence:
            return "kfence";
        case OopsKind::Kmsan:
            return "kmsan";
        case OopsKind::Kcsan:
            return "kcsan";
        case OopsKind::Ubsan:
            return "ubsan";
        case OopsKind::Refcount:
            return "refcount";
        case OopsKind::ListCorruption:
            return "list-corruption";
        case OopsKind::Lockdep:
            return "lockdep";
        case OopsKind::RcuStall:
            return "rcu-stall";
        case OopsKind::SoftLockup:
            return "soft-lockup";
        case OopsKind::HardLockup:
            return "hard-lockup";
        case OopsKind::HungTask:
            return "hung-task";
        case OopsKind::SchedulingWhileAtomic:
            return "scheduling-while-atomic";
        case OopsKind::SleepingInvalid:
            return "sleeping-invalid";
        case OopsKind::Watchdog:
            return "watchdog";
        case OopsKind::Panic:
            return "panic";
        case OopsKind::OtherCrash:
            return "other-crash";
        case OopsKind::NotACrash:
            return "not-a-crash";
    }
    return "unknown";
}

std::string_view name_of(OopsAccess access) {
    switch (access) {
        case OopsAccess::Unknown:
            return "unknown";
        case OopsAccess::Read:
            return "read";
        case OopsAccess::Write:
            return "write";
        case OopsAccess::Execute:
            return "execute";
    }
    return "unknown";
}

std::string_view name_of(OopsFrame::Context context) {
    switch (context) {
        case OopsFrame::Context::Task:
            return "task";
        case OopsFrame::Context::Softirq:
            return "softirq";
        case OopsFrame::Context::Irq:
            return "irq";
        case OopsFrame::Context::Nmi:
            return "nmi";
        case OopsFrame::Context::Exception:
            return "exception";
    }
    return "task";
}

std::string_view name_of(OopsGrade grade) {
    switch (grade) {
        case OopsGrade::Printed:
            return "printed";
        case OopsGrade::Computed:
            return "computed";
        case OopsGrade::Code:
            return "code";
        case OopsGrade::DebugInfo:
            return "debug information";
        case OopsGrade::BySize:
            return "by size";
        case OopsGrade::Possible:
            return "possible";
    }
    return "possible";
}

std::string_view name_of(OopsPointer pointer) {
    switch (pointer) {
        case OopsPointer::Unknown:
            return "unknown";
        case OopsPointer::NullPlusOffset:
            return "null-plus-offset";
        case OopsPointer::ArrayElement:
            return "array-element";
        case OopsPointer::ErrPtr:
            return "err-ptr";
        case OopsPointer::ListPoison:
            return "list-poison";
        case OopsPointer::SlabPoison:
            return "slab-poison";
        case OopsPointer::Freed:
            return "freed";
        case OopsPointer::NonCanonical:
            return "non-canonical";
        case OopsPointer::KasanShadow:
            return "kasan-shadow";
        case OopsPointer::User:
            return "user";
        case OopsPointer::StackGuard:
            return "stack-guard";
        case OopsPointer::TagMismatch:
            return "tag-mismatch";
        case OopsPointer::Wild:
            return "wild";
    }
    return "unknown";
}

std::string_view name_of(OopsImage image) {
    switch (image) {
        case OopsImage::None:
            return "none";
        case OopsImage::Matches:
            return "matches";
        case OopsImage::Differs:
            return "differs";
        case OopsImage::Unproven:
            return "unproven";
    }
    return "none";
}

}  // namespace knowhy::model
