#include "model/finding.h"

namespace knowhy::model {

std::string_view name_of(Certainty certainty) {
    switch (certainty) {
        case Certainty::Certain:
            return "certain";
        case Certainty::Likely:
            return "likely";
        case Certainty::Unknown:
            break;
    }
    return "unknown";
}

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::Lost:
            return "lost";
        case Verdict::Harmless:
            return "harmless";
        case Verdict::NotApplicable:
            return "n/a";
        case Verdict::Unknown:
            break;
    }
    return "unknown";
}

std::string_view name_of(Evidence::Kind kind) {
    switch (kind) {
        case Evidence::Kind::Return:
            return "return";
        case Evidence::Kind::Reason:
            return "reason";
        case Evidence::Kind::Packet:
            return "packet";
        case Evidence::Kind::Sysctl:
            return "sysctl";
        case Evidence::Kind::Route:
            return "route";
        case Evidence::Kind::Address:
            return "address";
        case Evidence::Kind::Rule:
            return "rule";
        case Evidence::Kind::Counter:
            return "counter";
        case Evidence::Kind::Link:
            return "link";
        case Evidence::Kind::Memory:
            return "memory";
    }
    return "packet";
}

std::string_view name_of(Evidence::Read read) {
    switch (read) {
        case Evidence::Read::Event:
            return "event";
        case Evidence::Read::Snapshot:
            return "snapshot";
        case Evidence::Read::Now:
            return "now";
    }
    return "event";
}

}  // namespace knowhy::model
