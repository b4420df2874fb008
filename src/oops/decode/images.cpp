#include "oops/decode/images.h"

#include "symbols/locate/source.h"

namespace knowhy::oops {

struct ImageSet::Impl {
    ImageOptions options;
    ImageMatch none;
    symbols::SourceText source;
};

ImageSet::ImageSet(ImageOptions options)
    : impl_(std::make_unique<Impl>(Impl{options, {}, symbols::SourceText(options.source_dirs)})) {}
ImageSet::ImageSet(ImageSet&&) noexcept = default;
ImageSet& ImageSet::operator=(ImageSet&&) noexcept = default;
ImageSet::~ImageSet() = default;

const ImageMatch& ImageSet::match(const model::OopsReport& /*report*/) {
    return impl_->none;
}

symbols::OpenImage* ImageSet::open(const model::OopsReport& /*report*/,
                                   const std::string& /*module*/, std::string& problem) {
    problem = "no image was given";
    return nullptr;
}

std::string ImageSet::source_line(const std::string& file, uint32_t line) {
    return impl_->source.line(file, line);
}

}  // namespace knowhy::oops
