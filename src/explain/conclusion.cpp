#include "explain/conclusion.h"

namespace knowhy::explain {

Conclusion& Conclusion::with(Evidence one) {
    evidence.push_back(std::move(one));
    return *this;
}

Conclusion& Conclusion::with(std::optional<Evidence> one) {
    if (one) evidence.push_back(std::move(*one));
    return *this;
}

Conclusion& Conclusion::set(std::string kind, std::string name, std::string value) {
    set_by.push_back({std::move(kind), std::move(name), std::move(value)});
    return *this;
}

Conclusion& Conclusion::attempt(std::string command, std::string effect) {
    try_next.push_back({std::move(command), std::move(effect)});
    return *this;
}

Conclusion certain(Verdict verdict, std::string sentence) {
    return when(true, verdict, std::move(sentence));
}

Conclusion likely(Verdict verdict, std::string sentence) {
    return when(false, verdict, std::move(sentence));
}

Conclusion when(bool proven, Verdict verdict, std::string sentence) {
    Conclusion conclusion;
    conclusion.certainty = proven ? Certainty::Certain : Certainty::Likely;
    conclusion.verdict = verdict;
    conclusion.sentence = std::move(sentence);
    return conclusion;
}

}  // namespace knowhy::explain
