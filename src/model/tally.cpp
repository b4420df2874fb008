#include "model/tally.h"

namespace knowhy::model {

Tally tally(const std::vector<Finding>& findings, const Accounting& accounting) {
    Tally books;
    books.events = accounting.events;
    books.other = accounting.other;
    for (const Finding& finding : findings) {
        if (!finding.where) continue;
        switch (finding.verdict) {
            case Verdict::Lost:
                books.lost += finding.count;
                break;
            case Verdict::Harmless:
                books.harmless += finding.count;
                break;
            case Verdict::Unknown:
            case Verdict::NotApplicable:
                books.unknown += finding.count;
                break;
        }
    }
    books.unaccounted = static_cast<int64_t>(books.events - books.lost - books.harmless -
                                             books.unknown - books.other);
    return books;
}

}  // namespace knowhy::model
