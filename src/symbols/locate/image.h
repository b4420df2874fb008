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
    std::shared_ptr<const ElfFile> code;  // nullptr: none was found
    bool runs = false;                    // this machine, now

    // What its tables say of its code, read when it is first asked for: lines do without. An Error
    // says why it is not to be had.
    const Result<ProbeSafety>& safety();
    // The symbol around an address of this image.
    [[nodiscard]] model::Place place(uint64_t address) const;
    // Where the functions of that symbol start: static ones may share a name.
    [[nodiscard]] std::vector<uint64_t> symbols(std::string_view name) const;
    // The function whose name is most like that; nullopt: none is.
    std::optional<std::string> nearest_function(const std::string& name);
    // The code and variables of the function around the address; nullptr: not to be had. Good until
    // another function is asked for.
    const FunctionFacts* function_around(uint64_t address);

    std::optional<Result<ProbeSafety>> known_safety;
    // By entry; nullptr: its code or its debug information is not there.
    std::map<uint64_t, std::unique_ptr<FunctionFacts>> known_functions;
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
    [[nodiscard]] Status is_module(const std::string& name) const;

    ImageFinder finder_;
    LocateOptions options_;
    std::map<std::string, Result<std::unique_ptr<OpenImage>>> open_;  // failures are kept too
};

}  // namespace knowhy::symbols
