// Prints addresses of an image's code, one a line, with what ProbeSafety says of them:
//
//   SECTION OFFSET safe|unsafe REASON
//
// Chosen at random, but the same for the same seed: instruction starts, any bytes, and the places
// that the image's tables name. probe_guest.py asks a kernel about the same addresses.
#include <fmt/format.h>

#include <cstdlib>
#include <random>

#include "base/text.h"
#include "symbols/probe/probe.h"
#include "symbols/probe/tables.h"

namespace {

using namespace knowhy;           // NOLINT(google-build-using-namespace): a program of one file
using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

class Sample {
  public:
    Sample(const ElfFile& image, const ProbeSafety& safety, unsigned seed)
        : image_(image), safety_(safety), random_(seed) {
        for (const ElfFile::Symbol& symbol : image.symbols()) {
            const ElfFile::Section* const section = image.section_of(symbol.address);
            const bool code = section != nullptr && section->code;
            if (symbol.function && symbol.size > 0 && code) functions_.push_back(&symbol);
        }
    }

    void from_functions(unsigned count) {
        for (unsigned i = 0; i < count && !functions_.empty(); ++i) {
            const ElfFile::Symbol& function = *functions_[random_() % functions_.size()];
            const uint64_t byte = function.address + random_() % function.size;
            print(byte);
            print(instruction_start(function, byte));
        }
    }

    template <typename Addresses>
    void from_table(const Addresses& addresses, unsigned count) {
        for (unsigned i = 0; i < count && !addresses.empty(); ++i) {
            const uint64_t address = addresses[random_() % addresses.size()];
            print(address);
            print(address + random_() % 6);
        }
    }

  private:
    uint64_t instruction_start(const ElfFile::Symbol& function, uint64_t byte) const {
        uint64_t at = function.address;
        for (;;) {
            const auto code = image_.bytes_at(at);
            if (code.empty()) return at;
            const uint64_t end = safety_.decoder().decode(code, at).end();
            if (end > byte) return at;
            at = end;
        }
    }

    void print(uint64_t address) const {
        const ElfFile::Section* const section = image_.section_of(address);
        if (section == nullptr) return;
        const ProbeVerdict verdict = safety_.at(address);
        std::string reasons;
        for (const std::string& reason : verdict.reasons) reasons += reason + "; ";
        fmt::print("{} {:#x} {} {}\n", section->name, address - section->address,
                   verdict.safe ? "safe" : "unsafe", reasons);
    }

    const ElfFile& image_;
    const ProbeSafety& safety_;
    std::mt19937_64 random_;
    std::vector<const ElfFile::Symbol*> functions_;
};

template <typename Map>
std::vector<uint64_t> keys(const Map& map) {
    std::vector<uint64_t> found;
    for (const auto& entry : map) found.push_back(entry.first);
    return found;
}

int run(const std::string& path, unsigned count, unsigned seed) {
    auto opened = ElfFile::open(path);
    if (!opened) {
        fmt::print(stderr, "{}\n", opened.error().message);
        return 2;
    }
    const auto image = std::make_shared<const ElfFile>(std::move(*opened));
    const auto safety = ProbeSafety::open(image);
    if (!safety) {
        fmt::print(stderr, "{}\n", safety.error().message);
        return 2;
    }
    const CodeTables tables = read_code_tables(*image);
    std::vector<uint64_t> alternatives;
    for (const Alternative& one : tables.alternatives) alternatives.push_back(one.site);
    Sample sample(*image, *safety, seed);
    sample.from_functions(count);
    const unsigned each = count / 8;
    sample.from_table(alternatives, each);
    sample.from_table(keys(tables.exceptions), each);
    sample.from_table(keys(tables.jump_labels), each);
    sample.from_table(keys(tables.bugs), each);
    sample.from_table(tables.static_calls, each);
    sample.from_table(tables.ftrace_sites, each);
    sample.from_table(tables.blacklisted, each);
    fmt::print(
        stderr,
        "{} alternatives, {} exceptions, {} jump labels, {} bugs, {} static calls, {} ftrace "
        "sites, {} blacklisted\n",
        alternatives.size(), tables.exceptions.size(), tables.jump_labels.size(),
        tables.bugs.size(), tables.static_calls.size(), tables.ftrace_sites.size(),
        tables.blacklisted.size());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: probe_addresses IMAGE COUNT SEED\n");
        return 2;
    }
    return run(argv[1], static_cast<unsigned>(std::atoi(argv[2])),
               static_cast<unsigned>(std::atoi(argv[3])));
}
