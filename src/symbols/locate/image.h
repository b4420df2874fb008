// An image that can be asked: debug information, code and symbols under one name.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/drop.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/dwarf.h"
#include "symbols/locate/function.h"
#include "symbols/locate/locate.h"
#include "symbols/probe/probe.h"

namespace knowhy::symbols {

struct OpenImage {
    std::string name;  // "vmlinux", or the module's
    DebugInfo info;
    std::optional<ProbeSafety> safety;  // none without code
    std::shared_ptr<const ElfFile> code;
    std::string no_code;  // why there is no safety
    // By entry; nullptr: its code or its debug information is not there.
    std::map<uint64_t, std::unique_ptr<FunctionFacts>> functions;

    // The symbol around an address of this image.
    [[nodiscard]] model::Place place(uint64_t address) const;
    // Where the functions of that symbol start: static ones may share a name.
    [[nodiscard]] std::vector<uint64_t> symbols(std::string_view name) const;
    // The function symbol whose name is most like that; nullopt: none is.
    [[nodiscard]] std::optional<std::string> nearest_symbol(const std::string& name) const;
    // The code and variables of the function around the address, analysed once; nullptr: not to be
    // had.
    const FunctionFacts* function_around(uint64_t address);
};

// Opens images by name, once each.
class Images {
  public:
    Images(ImageFinder finder, LocateOptions options)
        : finder_(std::move(finder)), options_(std::move(options)) {}

    // `name`: "" or "vmlinux" for the kernel itself.
    Result<OpenImage*> get(const std::string& name);
    // The modules of this release whose debug information has this word in it; reads all of them.
    std::vector<std::string> mentioning(std::string_view word) const;
    [[nodiscard]] const ImageFinder& finder() const { return finder_; }

  private:
    Result<std::unique_ptr<OpenImage>> open(const std::string& name);
    void refuse_what_runs_refuses(OpenImage& image) const;

    ImageFinder finder_;
    LocateOptions options_;
    std::map<std::string, Result<std::unique_ptr<OpenImage>>> open_;  // failures are kept too
};

}  // namespace knowhy::symbols
