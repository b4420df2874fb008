// Kernel images and modules as files: finding the one that belongs to a running or crashed kernel,
// uncompressing it, and refusing one that does not belong.
//
// Sources: the build-id note (NT_GNU_BUILD_ID, elf(5)), /sys/kernel/notes and
// /sys/module/*/notes/.note.gnu.build-id for what runs, debuginfod(8) for what is elsewhere.
#pragma once

#include <elfutils/libdw.h>
#include <gelf.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/arch/arch.h"

namespace knowhy::symbols {

using BuildId = std::vector<uint8_t>;
std::string build_id_text(const BuildId& id);  // lower-case hex
std::optional<BuildId> parse_build_id(std::string_view hex);
// Of what runs now: of vmlinux ("vmlinux"), or of a loaded module. nullopt: not loaded, or the
// kernel does not show it.
std::optional<BuildId> running_build_id(std::string_view image);

// An ELF file, open and mapped. A module (.ko, ET_REL) has addresses of its own: each allocated
// section is given a place (see section_base) so that no two overlap, relocations of debug sections
// are applied, and an address in it is told from vmlinux's by the file it belongs to.
class ElfFile {
  public:
    // Takes .ko, .ko.xz, .ko.zst, .ko.gz, SHF_COMPRESSED sections, vmlinux. Hostile input is one
    // error line, never a crash; what is uncompressed is at most 1 GiB.
    static Result<ElfFile> open(const std::string& path);
    ElfFile(ElfFile&&) noexcept;
    ElfFile& operator=(ElfFile&&) noexcept;
    ~ElfFile();

    [[nodiscard]] const std::string& path() const;
    [[nodiscard]] Machine machine() const;
    [[nodiscard]] const std::optional<BuildId>& build_id() const;
    [[nodiscard]] bool relocatable() const;  // ET_REL
    [[nodiscard]] bool has_debug_info() const;
    [[nodiscard]] bool has_code() const;  // .text has bytes (a -dbg module has not)
    [[nodiscard]] Elf* elf() const;
    // The DWARF of this file; the handle belongs to the ElfFile. Opened at the first call, which
    // applies the relocations. Not for two threads at once, as libdw's handles are not.
    [[nodiscard]] Result<Dwarf*> dwarf() const;
    // The bytes of a debug section (".debug_info"), uncompressed, relocated once dwarf() was
    // called; empty when there is none.
    [[nodiscard]] std::span<const uint8_t> debug_section(std::string_view name) const;
    // Lets the kernel take back the memory of file pages that were read; they are read again when
    // they are wanted. After a pass over a whole section.
    void give_back_pages() const;

    struct Section {
        std::string name;
        uint64_t address = 0;  // where it is placed; of vmlinux, where it is linked
        uint64_t size = 0;
        bool code = false;
    };
    [[nodiscard]] const std::vector<Section>& sections() const;  // the allocated ones
    [[nodiscard]] const Section* section_of(uint64_t address) const;
    // Bytes of an allocated section at that address, up to its end; empty when it has none.
    // Relocations are NOT applied to them.
    [[nodiscard]] std::span<const uint8_t> bytes_at(uint64_t address) const;

    struct Symbol {
        std::string_view name;
        uint64_t address = 0;
        uint64_t size = 0;
        bool function = false;
    };
    // Functions, objects and what the linker's script names; that have a place, and a name.
    // In the file's order.
    void each_symbol(const std::function<void(const Symbol&)>& visit) const;
    // By address: sorting a kernel's takes longer than most questions.
    [[nodiscard]] const std::vector<Symbol>& symbols() const;
    // The functions' symbols that reach over the address, of those only that begin nearest before
    // it; in the file's order.
    [[nodiscard]] std::vector<Symbol> functions_over(uint64_t address) const;

    // What a relocation of a code section puts at this address: a call's or a reference's target,
    // by symbol. For ET_REL only; nullopt: none stands there.
    struct Relocation {
        std::string_view symbol;  // "" for a section symbol: then `target` is set
        std::optional<uint64_t> target;
        int64_t addend = 0;
        unsigned bytes = 0;
    };
    [[nodiscard]] std::optional<Relocation> relocation_at(uint64_t address) const;

  private:
    struct Impl;
    explicit ElfFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// A kernel image or module with its code and its debug information: two files, or one.
struct Image {
    std::string name;                      // "vmlinux", or the module's name with '_'
    std::shared_ptr<const ElfFile> debug;  // nullptr: none found; `problem` says why
    std::shared_ptr<const ElfFile> code;   // may be the same; nullptr: none found
    std::string problem;                   // "" or one line: what was looked for and where
};

struct SearchPlaces {
    std::string release;                  // "6.1.0-56-amd64"; "" for the running kernel's
    std::optional<std::string> vmlinux;   // --vmlinux FILE
    std::vector<std::string> debug_dirs;  // --debug-dir DIR, before the standard places
    bool only_named = false;              // look nowhere else, ask no server
    bool ask_servers = true;              // false: take what is on this machine
    std::optional<BuildId> build_id;      // that vmlinux must have, where the caller knows it
};

// Finds images. The build-id that an image must have comes from the running kernel when `release`
// is its own, from the installed file otherwise (of a module: the one below /lib/modules); of
// vmlinux, SearchPlaces::build_id goes before both. A file with another one is an Error naming both
// ids, unless a right one is found elsewhere.
class ImageFinder {
  public:
    static Result<ImageFinder> open(SearchPlaces places);
    ImageFinder(ImageFinder&&) noexcept;
    ImageFinder& operator=(ImageFinder&&) noexcept;
    ~ImageFinder();

    [[nodiscard]] Result<Image> vmlinux() const;
    // By its name as lsmod has it, or as its file has it ('-').
    [[nodiscard]] Result<Image> module(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> module_names() const;  // of that release, on disk
    [[nodiscard]] const std::string& release() const;
    // Whether `release` is the running kernel's.
    [[nodiscard]] bool running() const;

  private:
    struct Impl;
    explicit ImageFinder(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
