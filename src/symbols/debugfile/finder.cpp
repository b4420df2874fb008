#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "symbols/debugfile/build_id.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/debugfile/fetch.h"
#include "symbols/debugfile/module_tree.h"

namespace knowhy::symbols {
namespace {

using File = std::shared_ptr<const ElfFile>;

std::string running_release() {
    struct utsname names = {};
    return ::uname(&names) == 0 ? names.release : "";
}

// What the user named, and the system refuses.
tl::unexpected<Error> unusable(const char* what, const std::string& path) {
    Error error = fail_errno(errno, fmt::format("{} {}", what, escaped(path))).value();
    error.kind = ErrorKind::Usage;
    return tl::unexpected(std::move(error));
}

// Whether an address means the same in both: a module's sections have the places that the file
// gives them, and a tool that strips a file may drop some.
bool same_places(const ElfFile& a, const ElfFile& b) {
    return std::ranges::equal(a.sections(), b.sections(), [](const auto& left, const auto& right) {
        return left.address == right.address && left.size == right.size && left.name == right.name;
    });
}

// The kernel release that a module says it was built for; "" when it says nothing.
std::string built_for(const ElfFile& file) {
    constexpr std::string_view kVersion = "vermagic=";
    for (const ElfFile::Section& section : file.sections()) {
        if (section.name != ".modinfo") continue;
        const auto bytes = file.bytes_at(section.address);
        std::string_view left(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        while (!left.empty()) {
            const std::string_view entry = left.substr(0, left.find('\0'));
            if (entry.starts_with(kVersion))
                return std::string(
                    entry.substr(kVersion.size(), entry.find(' ') - kVersion.size()));
            left.remove_prefix(std::min(left.size(), entry.size() + 1));
        }
    }
    return "";
}

// Looks through candidates for one image, and remembers what it saw for the line that tells why
// nothing was found.
class Search {
  public:
    // `release`: of a module, which belongs to one kernel even where no build-id is known.
    Search(std::string what, std::optional<BuildId> wanted, std::string release = {})
        : what_(std::move(what)), wanted_(std::move(wanted)), release_(std::move(release)) {}

    [[nodiscard]] const std::optional<BuildId>& wanted() const { return wanted_; }
    void want(const std::optional<BuildId>& id) {
        if (!wanted_) wanted_ = id;
    }
    [[nodiscard]] bool complete() const { return debug_ && code_; }

    // A file that cannot be read or belongs to another build is passed over, and remembered.
    void look_at(const std::string& path) {
        if (complete() || ::access(path.c_str(), F_OK) != 0 || !seen_.insert(path).second) return;
        auto opened = ElfFile::open(path);
        if (!opened) {
            remember(opened.error());
            return;
        }
        auto file = std::make_shared<const ElfFile>(std::move(*opened));
        if (!belongs(*file)) return;
        if (!debug_ && file->has_debug_info()) debug_ = file;
        if (!code_ && file->has_code()) code_ = file;
        want(file->build_id());
    }

    void fetch() {
        if (debug_ || !wanted_ || !servers_named()) return;
        const auto path = fetch_debug_file(*wanted_);
        if (path) {
            look_at(*path);
        } else {
            servers_say_ = "; " + path.error().message;
        }
    }

    // `places`: where was looked, for the problem's line.
    Result<Image> image(std::string name, const std::string& places) {
        // One file for both where that can be: there an address means the same for certain.
        if (debug_ && debug_->has_code()) code_ = debug_;
        if (debug_ && code_ && !same_places(*debug_, *code_)) code_ = nullptr;
        if (!debug_ && problem_) return tl::unexpected(problem_->in(what_));
        std::string problem;
        if (!debug_) {
            problem = fmt::format("no debug information of {}{} ({}{})", what_,
                                  wanted_ ? ", build-id " + build_id_text(*wanted_) : "", places,
                                  servers_say_);
        }
        return Image{std::move(name), std::move(debug_), std::move(code_), std::move(problem)};
    }

  private:
    void remember(const Error& error) {
        if (!problem_) problem_ = error;
    }
    bool belongs(const ElfFile& file) {
        if (wanted_ ? file.build_id() == wanted_ : is_of_release(file)) return true;
        if (!wanted_) return false;
        remember({ErrorKind::Usage,
                  fmt::format("{} has build-id {}, wanted is {}", escaped(file.path()),
                              file.build_id() ? build_id_text(*file.build_id()) : "none",
                              build_id_text(*wanted_))});
        return false;
    }

    bool is_of_release(const ElfFile& file) {
        const std::string theirs = release_.empty() ? "" : built_for(file);
        if (theirs.empty() || theirs == release_) return true;
        remember({ErrorKind::Usage,
                  fmt::format("{} is of {}; --release {} asks for that kernel",
                              escaped(file.path()), escaped(theirs), escaped(theirs))});
        return false;
    }

    std::string what_;
    std::optional<BuildId> wanted_;
    std::string release_;
    std::set<std::string> seen_;
    File debug_;
    File code_;
    std::optional<Error> problem_;
    std::string servers_say_;
};

// "/usr/lib/debug/.build-id/ab/cdef.debug".
std::string build_id_path(const std::string& root, const BuildId& id) {
    const std::string text = build_id_text(id);
    return fmt::format("{}/.build-id/{}/{}.debug", root, text.substr(0, 2), text.substr(2));
}

}  // namespace

struct ImageFinder::Impl {
    SearchPlaces places;
    bool running = false;
    // Directories that hold boot/, lib/modules/ and .build-id/, best first.
    std::vector<std::string> roots;
    mutable std::map<std::string, std::multimap<std::string, std::string>> trees;

    const std::multimap<std::string, std::string>& tree(const std::string& directory) const {
        const auto [tree, is_new] = trees.try_emplace(directory);
        if (is_new) tree->second = modules_below(directory);
        return tree->second;
    }
    [[nodiscard]] std::string modules_of(const std::string& root) const {
        return root + "/lib/modules/" + places.release;
    }
    [[nodiscard]] std::vector<std::string> module_dirs() const;
    [[nodiscard]] std::vector<std::string> vmlinux_paths() const;
    void look_by_build_id(Search& search) const;
    [[nodiscard]] std::string looked_in() const;
    [[nodiscard]] bool asks_servers() const { return !places.only_named && places.ask_servers; }
};

std::vector<std::string> ImageFinder::Impl::vmlinux_paths() const {
    if (places.vmlinux) return {*places.vmlinux};
    std::vector<std::string> paths;
    for (const std::string& dir : places.debug_dirs) {
        paths.push_back(dir + "/vmlinux-" + places.release);
        paths.push_back(dir + "/vmlinux");
    }
    for (const std::string& root : roots) {
        paths.push_back(root + "/boot/vmlinux-" + places.release);
        paths.push_back(modules_of(root) + "/vmlinux");
        paths.push_back(modules_of(root) + "/build/vmlinux");
    }
    return paths;
}

std::vector<std::string> ImageFinder::Impl::module_dirs() const {
    std::vector<std::string> dirs;
    for (const std::string& root : roots) dirs.push_back(modules_of(root));
    // Last, as a directory that somebody named may be the root of everything.
    for (const std::string& dir : places.debug_dirs) dirs.push_back(dir);
    return dirs;
}

void ImageFinder::Impl::look_by_build_id(Search& search) const {
    for (const std::string& root : roots) {
        if (search.wanted()) search.look_at(build_id_path(root, *search.wanted()));
    }
}

std::string ImageFinder::Impl::looked_in() const {
    std::string words = "looked in";
    for (const std::string& root : roots) words += " " + (root.empty() ? "/" : escaped(root));
    if (asks_servers() && !servers_named()) words += "; DEBUGINFOD_URLS is not set";
    return words;
}

ImageFinder::ImageFinder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImageFinder::ImageFinder(ImageFinder&&) noexcept = default;
ImageFinder& ImageFinder::operator=(ImageFinder&&) noexcept = default;
ImageFinder::~ImageFinder() = default;

Result<ImageFinder> ImageFinder::open(SearchPlaces places) {
    auto impl = std::make_unique<Impl>();
    if (places.release.empty()) places.release = running_release();
    if (places.release.empty() || places.release.find('/') != std::string::npos) {
        return fail(ErrorKind::Usage, "'{}' is not a kernel release", escaped(places.release));
    }
    impl->running = places.release == running_release() &&
                    (!places.build_id || places.build_id == running_build_id("vmlinux"));
    for (const std::string& dir : places.debug_dirs) {
        if (::access(dir.c_str(), R_OK | X_OK) != 0) {
            return unusable("cannot look into", dir);
        }
        impl->roots.push_back(dir);
        impl->roots.push_back(dir + "/usr/lib/debug");
    }
    if (!places.only_named) {
        impl->roots.emplace_back("/usr/lib/debug");
        impl->roots.emplace_back("");
    }
    impl->places = std::move(places);
    return ImageFinder(std::move(impl));
}

Result<Image> ImageFinder::vmlinux() const {
    Search search("vmlinux of " + escaped(release()),
                  running() ? running_build_id("vmlinux") : impl_->places.build_id);
    if (impl_->places.vmlinux && ::access(impl_->places.vmlinux->c_str(), R_OK) != 0) {
        return unusable("cannot read", *impl_->places.vmlinux);
    }
    for (const std::string& path : impl_->vmlinux_paths()) search.look_at(path);
    impl_->look_by_build_id(search);
    if (impl_->asks_servers()) search.fetch();
    return search.image("vmlinux", impl_->looked_in());
}

Result<Image> ImageFinder::module(std::string_view wanted_name) const {
    const std::string name = module_name(wanted_name);
    Search search("module " + escaped(name) + " of " + escaped(release()),
                  running() ? running_build_id(name) : std::nullopt, release());
    // The installed module says which build it is where the running kernel does not.
    if (!search.wanted() && !impl_->places.only_named) {
        const auto [first, last] = impl_->tree(impl_->modules_of("")).equal_range(name);
        for (auto at = first; at != last; ++at) {
            if (auto file = ElfFile::open(at->second)) search.want(file->build_id());
        }
    }
    impl_->look_by_build_id(search);
    for (const std::string& dir : impl_->module_dirs()) {
        if (search.complete()) break;
        const auto [first, last] = impl_->tree(dir).equal_range(name);
        for (auto at = first; at != last; ++at) search.look_at(at->second);
    }
    if (impl_->asks_servers()) search.fetch();
    return search.image(name, impl_->looked_in());
}

std::vector<std::string> ImageFinder::module_names() const {
    std::set<std::string> names;
    for (const std::string& root : impl_->roots) {
        for (const auto& [name, path] : impl_->tree(impl_->modules_of(root))) names.insert(name);
    }
    return {names.begin(), names.end()};
}

const std::string& ImageFinder::release() const {
    return impl_->places.release;
}

bool ImageFinder::running() const {
    return impl_->running;
}

}  // namespace knowhy::symbols
