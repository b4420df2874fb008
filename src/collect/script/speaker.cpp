#include "collect/script/speaker.h"

#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "base/clock.h"
#include "base/file.h"

namespace knowhy::collect {
namespace {

using Kind = lang::Type::Kind;

constexpr size_t kHeader = 8;  // of a record: which output, and how long it is
constexpr size_t kBucket = 8;  // of a histogram, behind the key

bool is_histogram(const lang::Type& type) {
    return type.kind == Kind::Histogram || type.kind == Kind::LinearHistogram;
}

bool has_statistics(const lang::Type& type) {
    return type.kind == Kind::Average || type.kind == Kind::Stats;
}

uint32_t buckets_of(const lang::Type& type) {
    return type.kind == Kind::Histogram ? lang::histogram_buckets(type.hist_bits)
                                        : lang::linear_buckets(type.min, type.max, type.step);
}

uint32_t u32_at(std::span<const uint8_t> bytes, size_t at) {
    uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    return value;
}

uint64_t u64_at(std::span<const uint8_t> bytes, size_t at) {
    uint64_t value = 0;
    if (at + sizeof(value) <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof(value));
    return value;
}

uint64_t sum_of(std::span<const uint8_t> values) {
    uint64_t sum = 0;
    for (size_t at = 0; at + sizeof(sum) <= values.size(); at += sizeof(sum))
        sum += u64_at(values, at);
    return sum;
}

std::string text_of(const model::Value& value) {
    const auto* text = value.get<model::Value::Text>();
    return text ? text->raw : "";
}

int64_t number_of(const model::Value& value) {
    const auto* number = value.get<model::Value::Integer>();
    return number ? number->bits : 0;
}

std::string output_of(const std::string& command) {
    // The script's own words, and only with --unsafe.
    // NOLINTNEXTLINE(cert-env33-c)
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), ::pclose);
    std::string text;
    if (!pipe) return text;
    std::array<char, 4096> part{};
    size_t size = 0;
    while ((size = std::fread(part.data(), 1, part.size(), pipe.get())) > 0)
        text.append(part.data(), size);
    return text;
}

std::string start_of_file(const std::string& path, size_t most) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
    std::string text(file ? most : 0, '\0');
    text.resize(file ? std::fread(text.data(), 1, most, file.get()) : 0);
    return text;
}

}  // namespace

model::Value Speaker::decoded(const lang::Type& type, std::span<const uint8_t> bytes) const {
    return lang::decode(type, std::as_bytes(bytes), *plan_.types, resolver_);
}

model::Value Speaker::field(const Record& record, size_t index) const {
    if (index >= record.output.fields.size()) return {};
    const lang::OutputField& field = record.output.fields[index];
    const size_t begin = std::min<size_t>(field.offset, record.bytes.size());
    const size_t room = record.bytes.size() - begin;
    return decoded(field.type,
                   record.bytes.subspan(begin, std::min<size_t>(field.type.bytes, room)));
}

std::vector<model::Value> Speaker::fields(const Record& record) const {
    std::vector<model::Value> values;
    for (size_t i = 0; i < record.output.fields.size(); ++i) values.push_back(field(record, i));
    return values;
}

model::ScriptPlace Speaker::place_of(const lang::Output& output) const {
    const auto begin = source_.position(output.span.begin);
    const auto end = source_.position(output.span.end);
    model::ScriptPlace place;
    place.file = source_.name();
    place.line = begin.line;
    place.column = begin.column;
    place.text = source_.line(output.span.begin);
    place.end_column =
        end.line == begin.line ? end.column : static_cast<uint32_t>(place.text.size() + 1);
    return place;
}

void Speaker::take(std::span<const uint8_t> record) {
    ++records_;
    if (record.size() < kHeader || u32_at(record, 0) >= plan_.outputs.size() ||
        u32_at(record, 4) > record.size()) {
        ++unreadable_;
        return;
    }
    if (exiting_) return;
    const lang::Output& output = plan_.outputs[u32_at(record, 0)];
    const Record whole{output, record.first(u32_at(record, 4))};
    std::visit([&](const auto& kind) { carry_out(whole, kind); }, output.kind);
}

void Speaker::carry_out(const Record& record, const lang::PrintfOutput& output) {
    using From = lang::PrintfOutput::To;
    using To = model::PrintedFormat::To;
    const To to = output.to == From::Out     ? To::Out
                  : output.to == From::Error ? To::Error
                                             : To::Warning;
    options_.said(
        model::PrintedFormat{{output.format, fields(record)}, to, place_of(record.output)});
}

void Speaker::carry_out(const Record& record, const lang::ValueOutput&) {
    options_.said(model::PrintedValue{field(record, 0)});
}

void Speaker::carry_out(const Record&, const lang::MapOutput& output) {
    using Action = lang::MapOutput::Action;
    if (output.map >= plan_.maps.size()) return;
    if (output.action == Action::Clear) return empty(output.map);
    if (output.action == Action::Zero) return set_to_zero(output.map);
    model::MapDump map = dump(output.map);
    map.top = output.top;
    map.divisor = output.divisor;
    options_.said(model::PrintedMap{std::move(map)});
}

void Speaker::carry_out(const Record& record, const lang::MapElementOutput& output) {
    const model::Value key = field(record, 0);
    for (model::MapDump::Entry& entry : entries(output.map)) {
        if (entry.key != key) continue;
        options_.said(model::PrintedElement{plan_.maps[output.map].name, std::move(entry)});
        return;
    }
}

void Speaker::carry_out(const Record& record, const lang::ExitOutput& output) {
    if (!exit_status_) exit_status_ = static_cast<int>(number_of(field(record, 0)));
    exiting_ |= output.at_once;
}

void Speaker::carry_out(const Record&, const lang::TimeOutput& output) {
    options_.said(model::PrintedText{model::PrintedText::Kind::Time,
                                     lang::time_text(output.format, ClockPair::now().realtime_ns)});
}

void Speaker::carry_out(const Record& record, const lang::JoinOutput& output) {
    std::vector<std::string> words;
    for (const model::Value& value : fields(record)) words.push_back(text_of(value));
    while (!words.empty() && words.back().empty()) words.pop_back();
    options_.said(model::PrintedText{model::PrintedText::Kind::Join,
                                     fmt::format("{}", fmt::join(words, output.separator))});
}

void Speaker::carry_out(const Record& record, const lang::CatOutput& output) {
    const std::string path = options_.format({output.format, fields(record)});
    options_.said(model::PrintedText{model::PrintedText::Kind::Cat,
                                     start_of_file(path, options_.most_cat_bytes)});
}

void Speaker::carry_out(const Record& record, const lang::SystemOutput& output) {
    const std::string command = options_.format({output.format, fields(record)});
    options_.said(model::PrintedText{model::PrintedText::Kind::System, output_of(command)});
}

void Speaker::carry_out(const Record& record, const lang::RuntimeErrorOutput& output) {
    failed_ |= output.ends_probe;
    const auto error = static_cast<int>(-number_of(field(record, 0)));
    options_.said(model::HelperError{output.what, error, place_of(record.output)});
}

void Speaker::carry_out(const Record& record, const lang::FailureOutput&) {
    failed_ = true;
    exit_status_ = 1;
    exiting_ = true;
    options_.said(model::PrintedFormat{
        {"%s", fields(record)}, model::PrintedFormat::To::Error, place_of(record.output)});
}

void Speaker::carry_out(const Record& record, const lang::HistogramOutput& output) {
    if (output.map >= plan_.maps.size()) return;
    const model::Value key = field(record, 0);
    model::Value histogram{model::Value::Histogram{}};
    for (model::MapDump::Entry& entry : entries(output.map))
        if (entry.key == key) histogram = std::move(entry.value);
    options_.said(model::PrintedFormat{
        {"%s", {std::move(histogram)}}, model::PrintedFormat::To::Out, place_of(record.output)});
}

// ---- Maps

std::vector<model::MapDump::Entry> Speaker::entries(uint32_t map) const {
    const lang::MapPlan& plan = plan_.maps[map];
    if (is_histogram(plan.value)) return histograms(map);
    std::vector<model::MapDump::Entry> all;
    for (const MapBytes& key : maps_.keys(map)) {
        const auto values = maps_.all_values(map, key);
        if (!values) continue;  // deleted meanwhile
        model::MapDump::Entry entry;
        if (plan.key.kind != Kind::None) entry.key = decoded(plan.key, key);
        const auto merged = plan.per_cpu
                                ? lang::merge(plan.value, std::as_bytes(std::span(*values)))
                                : std::vector<std::byte>();
        const auto bytes =
            plan.per_cpu ? std::span<const std::byte>(merged) : std::as_bytes(std::span(*values));
        entry.value = lang::decode(plan.value, bytes, *plan_.types, resolver_);
        all.push_back(std::move(entry));
    }
    return all;
}

// One from all the buckets of a key.
std::vector<model::MapDump::Entry> Speaker::histograms(uint32_t map) const {
    const lang::MapPlan& plan = plan_.maps[map];
    const uint32_t buckets = buckets_of(plan.value);
    std::map<MapBytes, std::vector<uint64_t>> counts;
    for (const MapBytes& key : maps_.keys(map)) {
        const auto values = maps_.all_values(map, key);
        const uint64_t bucket = u64_at(key, key.size() - kBucket);
        if (!values || bucket >= buckets) continue;
        auto& histogram = counts[MapBytes(key.begin(), key.end() - kBucket)];
        histogram.resize(buckets);
        histogram[bucket] += sum_of(*values);
    }
    lang::Type whole = plan.value;
    whole.bytes = buckets * static_cast<uint32_t>(sizeof(uint64_t));
    std::vector<model::MapDump::Entry> all;
    for (const auto& [key, histogram] : counts) {
        model::MapDump::Entry entry;
        if (plan.key.kind != Kind::None) entry.key = decoded(plan.key, key);
        entry.value =
            lang::decode(whole, std::as_bytes(std::span(histogram)), *plan_.types, resolver_);
        all.push_back(std::move(entry));
    }
    return all;
}

model::MapDump Speaker::dump(uint32_t map) const {
    const lang::MapPlan& plan = plan_.maps[map];
    model::MapDump dump;
    dump.name = plan.name;
    dump.keyed = plan.key.kind != Kind::None;
    dump.statistics = has_statistics(plan.value);
    dump.entries = entries(map);
    return dump;
}

void Speaker::empty(uint32_t map) {
    for (const MapBytes& key : maps_.keys(map)) maps_.remove(map, key);
}

// Every CPU's value goes: what is made anew for user space adds nothing to it.
void Speaker::set_to_zero(uint32_t map) {
    const MapBytes zeros(plan_.ir_maps[map].value_bytes);
    for (const MapBytes& key : maps_.keys(map)) {
        if (plan_.maps[map].per_cpu) maps_.remove(map, key);
        maps_.put(map, key, zeros, BPF_ANY);
    }
}

void Speaker::print_maps() {
    if (!plan_.config.print_maps_at_end) return;
    for (uint32_t i = 0; i < plan_.maps.size(); ++i)
        if (plan_.maps[i].print_at_end && !plan_.maps[i].name.empty())
            options_.said(model::PrintedMap{dump(i)});
}

void Speaker::lost(uint64_t records) {
    if (records > 0) options_.said(model::LostEvents{records});
}

}  // namespace knowhy::collect
