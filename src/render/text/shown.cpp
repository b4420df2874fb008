#include "render/text/shown.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

using model::Shown;
using Kind = Shown::Kind;

constexpr size_t kMostLabel = 34;
constexpr size_t kMostInLine = 72;  // a group of numbers that is told on one line

bool is_group(const Shown& shown) {
    return shown.kind == Kind::Struct || shown.kind == Kind::Union || shown.kind == Kind::Array;
}

std::string pointer_words(const Shown& shown) {
    if (shown.number.value_or(0) == 0) return "NULL";
    std::string words = hex(*shown.number);
    if (!shown.text.empty()) words += "  " + escaped(shown.text);
    return words;
}

std::string value_words(const Shown& shown) {
    switch (shown.kind) {
        case Kind::Text:
            return fmt::format("\"{}\"", escaped(shown.text));
        case Kind::Pointer:
            return pointer_words(shown);
        case Kind::Missing:
            return "not read: " + escaped(shown.text);
        default:
            return escaped(shown.text);
    }
}

// Of a group without members that are told: what is said of it, or that it is empty.
std::string closed_words(const Shown& shown) {
    return shown.text.empty() ? "{}" : escaped(shown.text);
}

// A group of plain values on one line, "" where it is too much for one.
std::string in_one_line(const Shown& shown) {
    std::string inside;
    const auto add = [&](const std::string& words) {
        inside += fmt::format("{}{}", inside.empty() ? "" : ", ", words);
    };
    for (const Shown& member : shown.members) {
        if (!member.members.empty() || member.kind == Kind::Flags) return "";
        const bool one_element =
            member.name.starts_with('[') && member.name.find("..") == std::string::npos;
        const std::string words = is_group(member) ? closed_words(member) : value_words(member);
        add(one_element ? words : fmt::format("{} = {}", escaped(member.name), words));
        if (inside.size() > kMostInLine) return "";
    }
    if (!shown.text.empty()) add(escaped(shown.text));
    return "{" + inside + "}";
}

class Printer {
  public:
    Printer(bool layout, const TextOptions& options) : layout_(layout), options_(options) {}

    std::string object(const model::ShownObject& object) {
        const Shown& root = object.root;
        size_t most = columns(escaped(root.name));
        for (const Shown& member : root.members) most = std::max(most, widest(member, 0));
        label_ = std::max<size_t>(std::min(most, kMostLabel), 5) + 2;
        Sheet sheet(options_, label_);
        sheet.title(escaped(object.title) + title(object));
        base_ = root.address;
        if (!root.members.empty()) {
            members(sheet, root, 0);
        } else {
            sheet.row("value", told(root, is_group(root) ? closed_words(root) : value_words(root)));
        }
        if (!root.members.empty() && !root.text.empty() && is_group(root))
            sheet.row("...", escaped(root.text), Ink::Dim);
        return sheet.take();
    }

  private:
    static std::string title(const model::ShownObject& object) {
        std::string words = fmt::format(" at {}", hex(object.root.address));
        if (object.whole && object.root.bytes != 0)
            words += ", " + counted(object.root.bytes, "byte");
        if (!object.module.empty()) words += ", module " + escaped(object.module);
        if (!object.note.empty()) words += " (" + escaped(object.note) + ")";
        return words;
    }

    // What stands where an open group has no value of its own.
    static std::string head_words(const Shown& shown) {
        if (shown.kind == Kind::Pointer) return pointer_words(shown);
        if (!shown.name.empty()) return escaped(shown.type);
        return shown.kind == Kind::Union ? "in the same bytes:" : "one after the other:";
    }

    static size_t widest(const Shown& shown, size_t level) {
        size_t most = 2 * level + columns(escaped(shown.name));
        constexpr size_t kDeep = 12;
        if (level == kDeep || !in_one_line(shown).empty()) return most;
        for (const Shown& member : shown.members) most = std::max(most, widest(member, level + 1));
        return most;
    }

    void members(Sheet& sheet, const Shown& shown, size_t level) {
        for (const Shown& each : shown.members) member(sheet, each, level);
    }

    void member(Sheet& sheet, const Shown& shown, size_t level) {
        std::string name = std::string(2 * level, ' ') + escaped(shown.name);
        if (shown.name.empty()) name += shown.kind == Kind::Union ? "union" : "struct";
        if (name.size() >= label_) {  // a long name has a line of its own
            sheet.title("  " + name);
            name.clear();
        }
        if (shown.members.empty()) {
            const std::string words = is_group(shown) ? closed_words(shown) : value_words(shown);
            sheet.row(name, told(shown, words));
            return;
        }
        const std::string line = shown.kind == Kind::Pointer ? "" : in_one_line(shown);
        if (!line.empty() && !shown.name.empty()) {
            sheet.row(name, told(shown, line));
            return;
        }
        sheet.row(name, told(shown, head_words(shown)));
        members(sheet, shown, level + 1);
        if (is_group(shown) && !shown.text.empty())
            sheet.row(std::string(2 * level + 2, ' ') + "...", escaped(shown.text));
    }

    // The value, behind its place and type where they were asked for.
    [[nodiscard]] std::string told(const Shown& shown, const std::string& words) const {
        if (!layout_) return words;
        std::string bits;
        if (shown.bit_size != 0)
            bits = fmt::format(" bits {}..{}", shown.bit_offset,
                               shown.bit_offset + shown.bit_size - 1);
        const std::string place = shown.address >= base_
                                      ? fmt::format("+{:#x}", shown.address - base_)
                                      : hex(shown.address);
        return fmt::format("{}{} ({}) {}", place, bits, escaped(shown.type), words);
    }

    bool layout_;
    TextOptions options_;
    size_t label_ = 0;
    uint64_t base_ = 0;
};

}  // namespace

std::string showing_text(const model::Showing& showing, bool layout, const TextOptions& options) {
    std::string text;
    for (const model::ShownObject& object : showing.objects) {
        if (!text.empty()) text += '\n';
        text += Printer(layout, options).object(object);
    }
    return text;
}

}  // namespace knowhy::render
