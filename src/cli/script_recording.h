// What a script said, into a recording and out of it again.
#pragma once

#include <memory>
#include <string>

#include "cli/output.h"
#include "cli/script_source.h"
#include "collect/script/session.h"
#include "model/recording.h"
#include "render/script/options.h"

namespace knowhy::cli {

class ScriptRecorder {
  public:
    static Result<std::unique_ptr<ScriptRecorder>> create(const std::string& path,
                                                          const NamedScript& script,
                                                          const render::ScriptOptions& printed,
                                                          bool quiet);
    // All that it says, in order; a write that fails is told by tick() and finish().
    void say(const model::ScriptEvent& event);
    void end_of_words() { last_ = 0; }  // the maps are next
    Status tick();
    // `books` as they were printed.
    Status finish(const collect::ScriptSession& session, const model::ScriptBooks& books);

  private:
    explicit ScriptRecorder(model::Observation run) : run_(std::move(run)) {}

    model::Observation run_;
    std::unique_ptr<model::RecordingWriter> writer_;
    uint64_t said_ = 0;
    uint64_t last_ = 0;  // since the end of words
    Status recorded_;
};

// As `knowhy run` printed it.
Status report_script(Output& output, const model::Observation& recorded, bool json);

}  // namespace knowhy::cli
