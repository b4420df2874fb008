#include "symbols/debugfile/build_id.h"

#include <elf.h>

#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace knowhy::symbols {
namespace {

constexpr std::string_view kOwner{"GNU\0", 4};
// SHA-1 has 20 bytes; --build-id=0x... may have any number, but nobody uses more than these.
constexpr size_t kMaxIdBytes = 64;

bool names_the_build(const GElf_Nhdr& note, std::string_view owner) {
    return note.n_type == NT_GNU_BUILD_ID && owner == kOwner && note.n_descsz > 0 &&
           note.n_descsz <= kMaxIdBytes;
}

std::optional<BuildId> build_id_in_data(Elf_Data* notes) {
    GElf_Nhdr note;
    size_t name = 0;
    size_t description = 0;
    for (size_t at = 0; (at = gelf_getnote(notes, at, &note, &name, &description)) > 0;) {
        const char* bytes = static_cast<const char*>(notes->d_buf);
        if (names_the_build(note, {bytes + name, note.n_namesz})) {
            return BuildId(bytes + description, bytes + description + note.n_descsz);
        }
    }
    return std::nullopt;
}

size_t padded(size_t size) {
    return (size + 3) & ~size_t{3};
}

}  // namespace

std::string build_id_text(const BuildId& id) {
    std::string text;
    for (const uint8_t byte : id) text += fmt::format("{:02x}", byte);
    return text;
}

std::optional<BuildId> parse_build_id(std::string_view hex) {
    if (hex.empty() || hex.size() % 2 != 0 || hex.size() > 2 * kMaxIdBytes) return std::nullopt;
    BuildId id;
    for (; !hex.empty(); hex.remove_prefix(2)) {
        const auto byte = parse_u64(hex.substr(0, 2), 16);
        if (!byte) return std::nullopt;
        id.push_back(static_cast<uint8_t>(*byte));
    }
    return id;
}

std::optional<BuildId> build_id_in(Elf* elf) {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_NOTE) continue;
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr || data->d_buf == nullptr) continue;
        if (auto id = build_id_in_data(data)) return id;
    }
    return std::nullopt;
}

std::optional<BuildId> build_id_in_notes(std::string_view notes) {
    GElf_Nhdr note;
    while (notes.size() >= sizeof note) {
        std::memcpy(&note, notes.data(), sizeof note);
        notes.remove_prefix(sizeof note);
        const size_t name = padded(note.n_namesz);
        if (name > notes.size() || note.n_descsz > notes.size() - name) break;
        if (names_the_build(note, notes.substr(0, note.n_namesz))) {
            const std::string_view id = notes.substr(name, note.n_descsz);
            return BuildId(id.begin(), id.end());
        }
        notes.remove_prefix(std::min(notes.size(), name + padded(note.n_descsz)));
    }
    return std::nullopt;
}

std::optional<BuildId> running_build_id(std::string_view image) {
    constexpr size_t kMaxNotes = 64UL * 1024;
    const std::string path = image == "vmlinux"
                                 ? "/sys/kernel/notes"
                                 : fmt::format("/sys/module/{}/notes/.note.gnu.build-id", image);
    const auto notes = read_file(path, kMaxNotes);
    return notes ? build_id_in_notes(*notes) : std::nullopt;
}

}  // namespace knowhy::symbols
