#include "symbols/debugfile/debugfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "symbols/debugfile/build_id.h"
#include "symbols/debugfile/module_tree.h"

namespace knowhy::symbols {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::string_literals;

namespace fs = std::filesystem;

const std::string kObject = KNOWHY_SAMPLES "/functions5.o";
const std::string kLinked = KNOWHY_SAMPLES "/functions5";
const std::string kOther = KNOWHY_SAMPLES "/functions4";

std::string contents(const std::string& path) {
    return read_file(path, 16UL << 20).value();
}

// A directory of its own for each test.
class Files : public ::testing::Test {
  protected:
    Files() {
        char name[] = "/tmp/knowhy-debugfile-XXXXXX";
        dir_ = ::mkdtemp(name);
    }
    ~Files() override { fs::remove_all(dir_); }

    std::string write(const std::string& name, const std::string& bytes) const {
        const fs::path path = fs::path(dir_) / name;
        fs::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    std::string dir_;
};

std::string xz(const std::string& raw) {
    std::string out(raw.size() + 4096, '\0');
    size_t used = 0;
    EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, nullptr,
                                      reinterpret_cast<const uint8_t*>(raw.data()), raw.size(),
                                      reinterpret_cast<uint8_t*>(out.data()), &used, out.size()),
              LZMA_OK);
    return out.substr(0, used);
}

std::string zst(const std::string& raw) {
    std::string out(ZSTD_compressBound(raw.size()), '\0');
    return out.substr(0, ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), 3));
}

std::string gz(const std::string& raw) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, raw.size()) + 64, '\0');
    std::string in = raw;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const size_t used = out.size() - stream.avail_out;
    deflateEnd(&stream);
    return out.substr(0, used);
}

TEST_F(Files, ACompressedModuleIsTheSameModule) {
    const std::string raw = contents(kObject);
    const ElfFile plain = ElfFile::open(kObject).value();
    ASSERT_TRUE(plain.dwarf().has_value());
    for (const auto& [name, bytes] :
         {std::pair{"m.ko.xz"s, xz(raw)}, {"m.ko.zst"s, zst(raw)}, {"m.ko.gz"s, gz(raw)}}) {
        const auto file = ElfFile::open(write(name, bytes));
        ASSERT_TRUE(file.has_value()) << file.error().message;
        EXPECT_EQ(file->sections().size(), plain.sections().size()) << name;
        EXPECT_TRUE(file->dwarf().has_value()) << name;
        EXPECT_TRUE(std::ranges::equal(file->debug_section(".debug_info"),
                                       plain.debug_section(".debug_info")))
            << name;
    }
}

TEST_F(Files, CompressedDataThatEndsTooEarlyIsOneErrorLine) {
    const std::string raw = contents(kObject);
    for (const std::string& bytes : {xz(raw), zst(raw), gz(raw)}) {
        for (const size_t size : {size_t{10}, bytes.size() / 2, bytes.size() - 1}) {
            const auto file = ElfFile::open(write("cut.ko", bytes.substr(0, size)));
            ASSERT_FALSE(file.has_value()) << size;
            EXPECT_THAT(file.error().message, AllOf(HasSubstr("cut.ko"), Not(HasSubstr("\n"))));
        }
        std::string damaged = bytes;
        damaged[bytes.size() / 2] = static_cast<char>(damaged[bytes.size() / 2] ^ 0x55);
        const auto file = ElfFile::open(write("bad.ko", damaged));
        if (file) continue;  // gzip and zstd may be damaged where only a checksum tells
        EXPECT_THAT(file.error().message, HasSubstr("bad.ko"));
    }
}

TEST_F(Files, WhatIsNoElfFileIsSaidSo) {
    for (const std::string& bytes :
         {""s, "\x7f"s, "\x7f"s + "ELF", "#!/bin/sh\n"s, contents(kObject).substr(0, 80)}) {
        const auto file = ElfFile::open(write("odd", bytes));
        EXPECT_FALSE(file.has_value()) << bytes.size();
    }
    EXPECT_FALSE(ElfFile::open(dir_).has_value());
    EXPECT_FALSE(ElfFile::open(dir_ + "/missing").has_value());
}

TEST(ElfFile, SectionsOfAnObjectHavePlacesOfTheirOwn) {
    const ElfFile file = ElfFile::open(kObject).value();
    EXPECT_TRUE(file.relocatable());
    uint64_t end = 0;
    for (const ElfFile::Section& section : file.sections()) {
        EXPECT_GE(section.address, end) << section.name;
        EXPECT_NE(section.address, 0U);
        end = section.address + section.size;
        if (section.size == 0) continue;
        EXPECT_EQ(file.section_of(section.address), &section);
        EXPECT_EQ(file.section_of(end - 1), &section);
    }
    EXPECT_EQ(file.section_of(0), nullptr);
    EXPECT_EQ(file.section_of(end), nullptr);
}

TEST(ElfFile, SymbolsOfAnObjectAreInTheirSections) {
    const ElfFile file = ElfFile::open(kObject).value();
    unsigned functions = 0;
    for (const ElfFile::Symbol& symbol : file.symbols()) {
        if (!symbol.function) continue;
        ++functions;
        ASSERT_NE(file.section_of(symbol.address), nullptr) << symbol.name;
        EXPECT_TRUE(file.section_of(symbol.address)->code) << symbol.name;
        EXPECT_GE(file.bytes_at(symbol.address).size(), symbol.size);
    }
    EXPECT_EQ(functions, 6U);
}

// Asked first and last byte of each function, and behind it; a few before the table is sorted, more
// after.
TEST(ElfFile, FunctionsOverAnAddressAreTheSameSortedOrNot) {
    const ElfFile sorted = ElfFile::open(kLinked).value();
    for (int i = 0; i < 100; ++i) (void)sorted.functions_over(0);
    for (const ElfFile::Symbol& symbol : sorted.symbols()) {
        if (!symbol.function || symbol.size == 0) continue;
        for (const uint64_t address :
             {symbol.address, symbol.address + symbol.size - 1, symbol.address + symbol.size}) {
            const ElfFile fresh = ElfFile::open(kLinked).value();
            const auto names = [&](const ElfFile& file) {
                std::vector<std::string> all;
                for (const auto& over : file.functions_over(address)) all.emplace_back(over.name);
                return all;
            };
            EXPECT_EQ(names(fresh), names(sorted)) << symbol.name;
            EXPECT_EQ(names(fresh), names(fresh)) << symbol.name;
            const bool within = address < symbol.address + symbol.size;
            EXPECT_TRUE(!within || !names(sorted).empty()) << symbol.name;
        }
    }
}

TEST(ElfFile, ACallInAnObjectIsToldByItsRelocation) {
    const ElfFile file = ElfFile::open(kObject).value();
    const auto outer = std::ranges::find(file.symbols(), "outer", &ElfFile::Symbol::name);
    ASSERT_NE(outer, file.symbols().end());
    std::vector<std::string> called;
    for (uint64_t at = outer->address; at < outer->address + outer->size; ++at) {
        const auto relocation = file.relocation_at(at);
        if (relocation) called.emplace_back(relocation->symbol);
    }
    EXPECT_THAT(called, ::testing::Contains("leaf"));
    EXPECT_EQ(ElfFile::open(kLinked).value().relocation_at(outer->address), std::nullopt);
}

TEST(BuildId, IsReadFromNotesAsSysfsShowsThem) {
    const std::string other = "\4\0\0\0\4\0\0\0\1\1\0\0XEN\0abcd"s;
    const std::string id = "\4\0\0\0\5\0\0\0\3\0\0\0GNU\0"s + "\1\2\3\4\5\0\0\0"s;
    EXPECT_EQ(build_id_in_notes(other + id), (BuildId{1, 2, 3, 4, 5}));
    EXPECT_EQ(build_id_in_notes(other), std::nullopt);
    for (size_t size = 0; size + 3 < id.size(); ++size) {
        EXPECT_EQ(build_id_in_notes((other + id).substr(0, other.size() + size)), std::nullopt);
    }
    EXPECT_EQ(build_id_in_notes(std::string(8, '\xff') + "\3\0\0\0"s), std::nullopt);
    EXPECT_EQ(build_id_in_notes("\4\0\0\0\4\0\0\0\3\0\0\0GNX\0abcd"s), std::nullopt);
    EXPECT_EQ(build_id_text({0x0a, 0xff}), "0aff");
    EXPECT_EQ(parse_build_id("0aff"), (BuildId{0x0a, 0xff}));
    for (const char* odd : {"", "0", "0af", "0g", "-1", "+1"}) {
        EXPECT_EQ(parse_build_id(odd), std::nullopt) << odd;
    }
}

TEST(Modules, HaveOneNameWhateverTheirFileIsCalled) {
    EXPECT_EQ(module_name("/lib/modules/x/nf-conntrack.ko.xz"), "nf_conntrack");
    EXPECT_EQ(module_name("nf_conntrack"), "nf_conntrack");
    EXPECT_EQ(module_name("a.ko.debug"), "a");
}

class Finder : public Files {
  protected:
    ImageFinder finder(std::optional<std::string> vmlinux = std::nullopt) const {
        SearchPlaces places;
        places.release = "1.2.3-test";
        places.vmlinux = std::move(vmlinux);
        places.debug_dirs = {dir_};
        places.only_named = true;
        return ImageFinder::open(places).value();
    }
};

TEST_F(Finder, FindsByReleaseBelowTheDirectory) {
    const std::string path = write("usr/lib/debug/boot/vmlinux-1.2.3-test", contents(kLinked));
    const Image image = finder().vmlinux().value();
    ASSERT_NE(image.debug, nullptr) << image.problem;
    EXPECT_EQ(image.debug->path(), path);
    EXPECT_EQ(image.code, image.debug);
    EXPECT_EQ(image.problem, "");
}

TEST_F(Finder, FindsWhatLiesInTheDirectoryItself) {
    write("vmlinux", contents(kLinked));
    write("my-module.ko.xz", xz(contents(kObject)));
    EXPECT_NE(finder().vmlinux().value().debug, nullptr);
    EXPECT_NE(finder().module("my_module").value().debug, nullptr);
    EXPECT_NE(finder().module("my-module").value().debug, nullptr);
}

TEST_F(Finder, RefusesAModuleOfAnotherKernel) {
    const std::string module = write("my-module.ko", contents(kObject));
    const auto built_for = [&](const std::string& release) {
        const std::string info = write("modinfo", "license=GPL"s + '\0' + "vermagic=" + release +
                                                      " SMP preempt mod_unload "s + '\0');
        const std::string command =
            "objcopy --remove-section .modinfo --add-section .modinfo=" + info +
            " --set-section-flags .modinfo=alloc,readonly,data,contents " + module;
        ASSERT_EQ(std::system(command.c_str()), 0);
    };
    built_for("1.2.3-test");
    EXPECT_NE(finder().module("my_module").value().debug, nullptr);
    built_for("9.9.9");
    const auto image = finder().module("my_module");
    ASSERT_FALSE(image.has_value());
    EXPECT_THAT(image.error().message,
                AllOf(HasSubstr(module + " is of 9.9.9"), HasSubstr("--release 9.9.9")));
}

TEST_F(Finder, SaysWhereItLooked) {
    const Image image = finder().vmlinux().value();
    EXPECT_EQ(image.debug, nullptr);
    EXPECT_THAT(image.problem, AllOf(HasSubstr("1.2.3-test"), HasSubstr(dir_)));
    EXPECT_THAT(finder().module_names(), IsEmpty());
}

TEST_F(Finder, ListsTheReleasesModules) {
    write("lib/modules/1.2.3-test/kernel/net/a-b.ko", contents(kObject));
    write("lib/modules/9.9.9/kernel/net/other.ko", contents(kObject));
    EXPECT_THAT(finder().module_names(), ::testing::ElementsAre("a_b"));
}

TEST_F(Finder, ANamedFileThatIsMissingIsAnError) {
    const auto image = finder(dir_ + "/none").vmlinux();
    ASSERT_FALSE(image.has_value());
    EXPECT_THAT(image.error().message, HasSubstr("none"));
}

// The first has the code, so that the second must be of the same build.
TEST_F(Finder, RefusesAnotherBuildNamingBothIds) {
    const auto stripped = ElfFile::open(kLinked).value();
    const std::string first = write("vmlinux-1.2.3-test", contents(kLinked));
    ASSERT_EQ(std::system(("strip -g " + first).c_str()), 0);
    write("vmlinux", contents(kOther));
    const auto image = finder().vmlinux();
    ASSERT_FALSE(image.has_value());
    EXPECT_THAT(image.error().message,
                AllOf(HasSubstr(build_id_text(stripped.build_id().value())),
                      HasSubstr(build_id_text(ElfFile::open(kOther).value().build_id().value()))));
}

TEST_F(Finder, TakesOnlyTheBuildThatTheCallerKnows) {
    write("vmlinux", contents(kLinked));
    SearchPlaces places;
    places.release = "1.2.3-test";
    places.debug_dirs = {dir_};
    places.only_named = true;
    places.build_id = ElfFile::open(kLinked).value().build_id();
    EXPECT_NE(ImageFinder::open(places).value().vmlinux().value().debug, nullptr);
    const std::string right = build_id_text(*places.build_id);
    places.build_id = ElfFile::open(kOther).value().build_id();
    const auto image = ImageFinder::open(places).value().vmlinux();
    ASSERT_FALSE(image.has_value());
    EXPECT_THAT(image.error().message,
                AllOf(HasSubstr(right), HasSubstr(build_id_text(*places.build_id))));
}

}  // namespace
}  // namespace knowhy::symbols
