// Where a script's words go: text as its dialect's own tool prints it, that tool's JSON, or ours.
#pragma once

#include <string>

#include "cli/output.h"
#include "collect/script/session.h"
#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::cli {

enum class ScriptFormat { Text, PeerJson, Json };

class ScriptPrinter {
  public:
    // `quiet`: no word for people about attaching.
    ScriptPrinter(Output& output, ScriptFormat format, render::ScriptOptions options, bool quiet)
        : output_(output), format_(format), options_(std::move(options)), quiet_(quiet) {}

    // Kept back until flush(), or until there is much of it. A write that fails is told by flush().
    void say(const model::ScriptEvent& event);
    Status flush();

    // bpftrace 0.17 said it before it attached, and later ones afterwards.
    void attaching(size_t probes);
    Status armed(size_t probes, const ClockPair& clock);
    // What begin probes said comes out all the same.
    Status never_armed();
    void end_of_words();  // the maps are next
    Status summary(const collect::ScriptBooks& books);

    // printf() as text, for paths and commands.
    [[nodiscard]] std::string formatted(const model::Formatted& what) const;

  private:
    void keep(std::string_view text);

    Output& output_;
    ScriptFormat format_;
    render::ScriptOptions options_;
    bool quiet_;
    std::string kept_;
    std::string early_;  // said before it was armed, which our JSON tells first
    bool armed_ = false;
    Status written_;
};

}  // namespace knowhy::cli
