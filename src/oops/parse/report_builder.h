// The lines of one source (a CPU or task that prints, or a log that does not tell them apart),
// gathered into reports.
#pragma once

#include <functional>
#include <optional>

#include "oops/parse/lines.h"
#include "oops/parse/read.h"

namespace knowhy::oops {

class ReportBuilder {
  public:
    using Done = std::function<void(const ReportLines&)>;

    // `headline` is the line's own, or nullptr. Gives what ended with or before this line.
    void take(const LogLine& line, const Headline* headline, const Done& done);
    // Whether the line only goes on with the one before, which the terminal was too narrow for.
    bool continues(const LogLine& line, const Headline* headline) const;
    void append_wrapped(const LogLine& line);
    void note_damage(std::string words);
    void finish(bool end_of_text, const Done& done);

    [[nodiscard]] bool open() const { return open_; }
    // Whether its end marker came.
    [[nodiscard]] bool ended() const { return state_ == State::Ended; }
    // The number of the last line that was its own.
    [[nodiscard]] uint32_t last_line() const {
        return report_.lines.empty() ? 0 : report_.lines.back().number;
    }

  private:
    enum class State : uint8_t {
        Announced,  // "cut here", but not yet what
        Told,       // the headline came
        Ended,      // the end marker came; the tail is still its own
    };

    void begin(const LogLine& line, const Headline* headline);
    void append(const LogLine& line, const Headline* headline, Section section);
    void take_headline(const LogLine& line, const Headline& headline, const Done& done);
    void take_other(const LogLine& line, const Done& done);
    [[nodiscard]] bool joins(const Headline& headline, std::string_view text) const;
    [[nodiscard]] bool joins_tail(Section section) const;
    [[nodiscard]] bool stale(const LogLine& line) const;
    void close(bool end_of_text, const Done& done);
    // Its first line was lost, or says by itself that something crashed.
    [[nodiscard]] bool stands_alone() const { return headline_ == nullptr || headline_->alone; }
    [[nodiscard]] bool is_report() const;
    [[nodiscard]] unsigned patience() const;
    [[nodiscard]] bool seen(Section section) const;
    void tell(const Headline& headline);

    bool open_ = false;
    State state_ = State::Announced;
    ReportLines report_;
    const Headline* headline_ = nullptr;  // null: the report has begun without one
    uint32_t seen_ = 0;                   // a bit per Section
    unsigned others_ = 0;                 // lines in a row that nothing knows
    size_t bytes_ = 0;
    bool panic_ = false;
    bool died_ = false;  // a "die" line came
    std::optional<double> last_at_;
    size_t last_width_ = 0;
    bool last_prefixed_ = false;
    bool last_blank_ = false;
};

}  // namespace knowhy::oops
