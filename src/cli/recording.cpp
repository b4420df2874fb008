#include "cli/recording.h"

#include <filesystem>
#include <system_error>

#include "net/decode/decode.h"

namespace knowhy::cli {

Result<model::Observation> load_recording(const std::string& path,
                                          const model::OtherSample& other) {
    model::OtherSample decoded;
    if (other) {
        decoded = [&other](const model::DropGroup& group, const model::DropSample& sample) {
            model::DropSample copy = sample;
            copy.decoded = net::decode(copy.packet);
            other(group, copy);
        };
    }
    KW_TRY(model::Observation recorded, model::read_recording(path, decoded));
    for (model::DropGroup& group : recorded.groups) {
        for (model::DropSample& sample : group.samples) {
            sample.decoded = net::decode(sample.packet);
        }
    }
    return recorded;
}

std::string shipped_recording(const std::string& file) {
    namespace fs = std::filesystem;
    std::error_code failed;
    const fs::path self = fs::read_symlink("/proc/self/exe", failed);
    if (failed) return {};
    for (const char* folder : {"share/knowhy/demo", "share/demo"}) {
        const fs::path candidate = self.parent_path().parent_path() / folder / file;
        if (fs::is_regular_file(candidate, failed)) return candidate;
    }
    return {};
}

}  // namespace knowhy::cli
