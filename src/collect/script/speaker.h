// From records and maps to what a script says (model/script.h), and to what it asks for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collect/script/map_store.h"
#include "lang/plan/plan.h"
#include "lang/source/source.h"
#include "lang/values/decode.h"
#include "model/script.h"

namespace knowhy::collect {

struct SpeakerOptions {
    // Called for all that the script says, in order.
    std::function<void(const model::ScriptEvent&)> said;
    // printf(), for paths and commands.
    std::function<std::string(const model::Formatted&)> format;
    size_t most_cat_bytes = 10240;
};

class Speaker {
  public:
    // All must outlive it.
    Speaker(const lang::Plan& plan, const lang::Source& source, MapStore& maps,
            lang::Resolver& resolver, SpeakerOptions options)
        : plan_(plan),
          source_(source),
          maps_(maps),
          resolver_(resolver),
          options_(std::move(options)) {}

    // One record. What is none of the plan's is counted, and left.
    void take(std::span<const uint8_t> record);
    // The maps that are printed when a script ends.
    void print_maps();
    void lost(uint64_t records);

    // Set once the script asked to end; what it says afterwards is not heard.
    [[nodiscard]] std::optional<int> exit_status() const { return exit_status_; }
    // A run-time error that ended a probe was told: SystemTap's probes `error` are due.
    [[nodiscard]] bool has_failed() const { return failed_; }
    [[nodiscard]] uint64_t records() const { return records_; }
    [[nodiscard]] uint64_t unreadable() const { return unreadable_; }
    // What end probes say is heard again.
    void listen_to_the_end() { exiting_ = false; }

  private:
    struct Record {
        const lang::Output& output;
        std::span<const uint8_t> bytes;
    };
    [[nodiscard]] model::Value field(const Record& record, size_t index) const;
    [[nodiscard]] std::vector<model::Value> fields(const Record& record) const;
    [[nodiscard]] model::ScriptPlace place_of(const lang::Output& output) const;
    [[nodiscard]] model::Value decoded(const lang::Type& type,
                                       std::span<const uint8_t> bytes) const;

    void carry_out(const Record& record, const lang::PrintfOutput& output);
    void carry_out(const Record& record, const lang::ValueOutput& output);
    void carry_out(const Record& record, const lang::MapOutput& output);
    void carry_out(const Record& record, const lang::MapElementOutput& output);
    void carry_out(const Record& record, const lang::ExitOutput& output);
    void carry_out(const Record& record, const lang::TimeOutput& output);
    void carry_out(const Record& record, const lang::JoinOutput& output);
    void carry_out(const Record& record, const lang::CatOutput& output);
    void carry_out(const Record& record, const lang::SystemOutput& output);
    void carry_out(const Record& record, const lang::RuntimeErrorOutput& output);
    void carry_out(const Record& record, const lang::FailureOutput& output);
    void carry_out(const Record& record, const lang::HistogramOutput& output);
    void carry_out(const Record&, const lang::PacketOutput&) {}  // they come another way

    [[nodiscard]] model::MapDump dump(uint32_t map) const;
    [[nodiscard]] std::vector<model::MapDump::Entry> entries(uint32_t map) const;
    [[nodiscard]] std::vector<model::MapDump::Entry> histograms(uint32_t map) const;
    void empty(uint32_t map);
    void set_to_zero(uint32_t map);

    const lang::Plan& plan_;
    const lang::Source& source_;
    MapStore& maps_;
    lang::Resolver& resolver_;
    SpeakerOptions options_;
    std::optional<int> exit_status_;
    bool exiting_ = false;
    bool failed_ = false;
    uint64_t records_ = 0;
    uint64_t unreadable_ = 0;
};

}  // namespace knowhy::collect
