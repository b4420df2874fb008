#include "oops/decode/images.h"

#include <algorithm>

#include "base/text.h"
#include "oops/decode/match.h"
#include "symbols/debugfile/module_tree.h"
#include "symbols/locate/source.h"

namespace knowhy::oops {
namespace {

using symbols::ElfFile;
using symbols::OpenImage;

constexpr const char* kKernel = "vmlinux";

std::string image_name(const std::string& module) {
    return module.empty() ? kKernel : symbols::module_name(module);
}

Result<std::unique_ptr<OpenImage>> open_file(const std::string& name, const std::string& path,
                                             const std::string& cache_dir) {
    KW_TRY(ElfFile file, ElfFile::open(path));
    auto shared = std::make_shared<const ElfFile>(std::move(file));
    KW_TRY(symbols::DebugInfo info, symbols::DebugInfo::open(shared, cache_dir));
    auto code = shared->has_code() ? shared : nullptr;
    return std::make_unique<OpenImage>(
        OpenImage{name, std::move(info), std::move(code), false, std::nullopt, {}});
}

std::optional<symbols::BuildId> kernel_build_id(const model::OopsReport& report) {
    if (!report.pc.module.empty() || report.pc.build_id.empty()) return std::nullopt;
    return symbols::parse_build_id(report.pc.build_id);
}

ImageMatch none(std::string why) {
    ImageMatch match;
    match.how = std::move(why);
    return match;
}

}  // namespace

struct ImageSet::Impl {
    using Opened = Result<std::unique_ptr<OpenImage>>;

    explicit Impl(ImageOptions given) : options(std::move(given)), source(options.source_dirs) {}

    [[nodiscard]] std::optional<std::string> named_file(const std::string& name) const {
        if (name == kKernel) return options.vmlinux;
        for (const auto& [module, path] : options.modules) {
            if (symbols::module_name(module) == name) return path;
        }
        return std::nullopt;
    }

    // Of a text that does not say which kernel it is of: what lies in the directories that were
    // named, to be held against the text like any other.
    [[nodiscard]] std::optional<std::string> any_file(const std::string& name) const {
        for (const std::string& directory : options.debug_dirs) {
            if (name == kKernel) return directory + "/vmlinux";
            const auto below = symbols::modules_below(directory);
            const auto found = below.find(name);
            if (found != below.end()) return found->second;
        }
        return std::nullopt;
    }

    Result<symbols::Images*> searched(const model::OopsReport& report) {
        const auto [known, is_new] = searches.try_emplace(report.release);
        if (is_new) {
            symbols::SearchPlaces places;
            places.release = report.release;
            places.debug_dirs = options.debug_dirs;
            places.only_named = options.only_named;
            places.ask_servers = options.ask_servers;
            places.build_id = kernel_build_id(report);
            KW_TRY(symbols::ImageFinder finder, symbols::ImageFinder::open(places));
            symbols::LocateOptions locate;
            locate.places = places;
            locate.cache_dir = options.cache_dir;
            known->second = std::make_unique<symbols::Images>(std::move(finder), locate);
        }
        if (!known->second) return fail(ErrorKind::Usage, "no images of that release");
        return known->second.get();
    }

    Result<OpenImage*> open(const model::OopsReport& report, const std::string& name) {
        auto file = named_file(name);
        if (!file && report.release.empty()) file = any_file(name);
        if (file) {
            auto known = files.find(name);
            if (known == files.end()) {
                known = files.emplace(name, open_file(name, *file, options.cache_dir)).first;
            }
            if (!known->second) return tl::unexpected(known->second.error());
            return known->second->get();
        }
        if (report.release.empty()) {
            return fail(ErrorKind::Usage, "the text does not say which kernel it is of");
        }
        if (options.only_named && options.debug_dirs.empty()) {
            return fail(ErrorKind::Usage, "no file of {} was given", escaped(name));
        }
        KW_TRY(symbols::Images * images, searched(report));
        return images->get(name);
    }

    ImageOptions options;
    symbols::SourceText source;
    std::map<std::string, Opened> files;                               // that were named, by image
    std::map<std::string, std::unique_ptr<symbols::Images>> searches;  // by release
};

ImageSet::ImageSet(ImageOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
ImageSet::ImageSet(ImageSet&&) noexcept = default;
ImageSet& ImageSet::operator=(ImageSet&&) noexcept = default;
ImageSet::~ImageSet() = default;

OpenImage* ImageSet::open(const model::OopsReport& report, const std::string& module,
                          std::string& problem) {
    const auto opened = impl_->open(report, image_name(module));
    if (opened) return *opened;
    problem = opened.error().message;
    return nullptr;
}

ImageMatch ImageSet::match(const model::OopsReport& report) {
    std::string problem;
    OpenImage* const image = open(report, report.pc.module, problem);
    return image != nullptr ? match_code(report, *image) : none(std::move(problem));
}

ImageMatch ImageSet::match(const model::OopsReport& report, const std::string& module) {
    std::string problem;
    OpenImage* const image = open(report, module, problem);
    return image != nullptr ? match_frames(report, module, *image) : none(std::move(problem));
}

std::string ImageSet::source_line(const std::string& file, uint32_t line) {
    return impl_->source.line(file, line);
}

}  // namespace knowhy::oops
