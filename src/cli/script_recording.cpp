#include "cli/script_recording.h"

#include <sys/utsname.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/script_printer.h"

namespace knowhy::cli {

using model::ScriptRun;

Result<std::unique_ptr<ScriptRecorder>> ScriptRecorder::create(const std::string& path,
                                                               const NamedScript& script,
                                                               const render::ScriptOptions& printed,
                                                               bool quiet) {
    model::Observation begun;
    begun.clock = ClockPair::now();
    utsname host{};
    uname(&host);
    begun.host.kernel_release = host.release;
    begun.host.machine = host.machine;
    ScriptRun& run = begun.script.emplace();
    run.name = script.source.name();
    run.text = script.source.text();
    run.dialect = printed.dialect;
    run.as_017 = printed.is_017();
    run.cut_trailer = printed.cut_trailer;
    run.quiet = quiet;
    std::unique_ptr<ScriptRecorder> recorder(new ScriptRecorder(std::move(begun)));
    KW_TRY(recorder->writer_, model::RecordingWriter::create(path, recorder->run_));
    return recorder;
}

void ScriptRecorder::say(const model::ScriptEvent& event) {
    ++said_;
    ++last_;
    if (recorded_) recorded_ = writer_->add_event(event);
}

Status ScriptRecorder::tick() {
    KW_CHECK_OK(recorded_);
    return writer_->tick();
}

Status ScriptRecorder::finish(const collect::ScriptSession& session,
                              const model::ScriptBooks& books) {
    KW_CHECK_OK(recorded_);
    ScriptRun& run = *run_.script;
    run.ended = true;
    run.probes = session.probes();
    run.books = books;
    run.exit_status = session.exit_status();
    run.said = said_;
    run.last = last_;
    run_.accounting.elapsed_s = run.books.elapsed_s;
    return writer_->finish(run_);
}

Status report_script(Output& output, const model::Observation& recorded, bool json) {
    const ScriptRun& run = *recorded.script;
    render::ScriptOptions how;
    how.dialect = run.dialect;
    how.cut_trailer = run.cut_trailer;
    if (run.as_017) how.compat = render::ScriptOptions::Compat::Bpftrace017;
    ScriptPrinter printer(output, json ? ScriptFormat::Json : ScriptFormat::Text, how, run.quiet);
    printer.attaching(run.probes);
    bool armed = false;
    for (size_t i = 0; i < run.events.size(); ++i) {
        if (run.ended && i + run.last == run.said) printer.end_of_words();
        const auto* attached = std::get_if<model::AttachedProbes>(&run.events[i]);
        if (attached != nullptr) KW_CHECK_OK(printer.armed(attached->count, attached->clock));
        if (attached == nullptr) printer.say(run.events[i]);
        armed |= attached != nullptr;
    }
    if (!armed) KW_CHECK_OK(printer.never_armed());
    if (run.ended && run.events.size() + run.last == run.said) printer.end_of_words();
    if (run.ended) return printer.summary(run.books);
    KW_CHECK_OK(printer.flush());
    for (const std::string& note : recorded.accounting.notes) log::warn("{}", escaped(note));
    return {};
}

}  // namespace knowhy::cli
