#include "collect/script/packet_files.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/text.h"

namespace knowhy::collect {
namespace {

using lang::PacketOutput;
using Link = PcapFile::Link;

constexpr size_t kPages = 64;  // of each CPU's ring

template <typename Number>
Number number_at(const uint8_t* data, uint32_t at) {
    Number number = 0;
    std::memcpy(&number, data + at, sizeof(number));
    return number;
}

Link link_of(uint32_t begins) {
    if (begins == PacketOutput::kAtLink) return Link::Ethernet;
    return begins == PacketOutput::kAtNetwork ? Link::Ip : Link::Unknown;
}

}  // namespace

Result<std::unique_ptr<PacketFiles>> PacketFiles::open(const lang::Plan& plan, int events) {
    std::unique_ptr<PacketFiles> made(new PacketFiles(plan));
    const auto lost = [](void* self, int /*cpu*/, __u64 count) {
        static_cast<PacketFiles*>(self)->lost_ += count;
    };
    made->buffer_ =
        perf_buffer__new(events, kPages, &PacketFiles::sample, lost, made.get(), nullptr);
    if (made->buffer_ == nullptr) return fail_errno(errno, "making the buffer for packets");
    for (const lang::Output& output : plan.outputs)
        if (const auto* packet = std::get_if<PacketOutput>(&output.kind))
            made->files_.try_emplace(packet->path);
    return made;
}

PacketFiles::~PacketFiles() {
    perf_buffer__free(buffer_);
}

int PacketFiles::descriptor() const {
    return perf_buffer__epoll_fd(buffer_);
}

Status PacketFiles::take() {
    perf_buffer__consume(buffer_);
    return failed_;
}

Status PacketFiles::finish() {
    KW_CHECK_OK(take());
    for (auto& [path, file] : files_) {
        if (!file.out) {  // one without packets is a file all the same
            KW_TRY(file.out, PcapFile::open(path, Link::Ethernet));
        }
        KW_CHECK_OK(file.out->flush());
    }
    return {};
}

void PacketFiles::sample(void* self, int /*cpu*/, void* data, uint32_t size) {
    auto& files = *static_cast<PacketFiles*>(self);
    if (files.failed_) files.failed_ = files.write(static_cast<const uint8_t*>(data), size);
}

Status PacketFiles::write(const uint8_t* data, uint32_t size) {
    if (size < PacketOutput::kBytes) return {};
    const auto index = number_at<uint32_t>(data, 0);
    const auto* output = index < plan_.outputs.size()
                             ? std::get_if<PacketOutput>(&plan_.outputs[index].kind)
                             : nullptr;
    if (output == nullptr) return {};
    const Link link = link_of(number_at<uint32_t>(data, PacketOutput::kBegins));
    const auto whole = number_at<uint32_t>(data, PacketOutput::kWhole);
    const uint32_t taken =
        std::min(number_at<uint32_t>(data, PacketOutput::kTaken), size - PacketOutput::kBytes);
    const uint32_t offset = std::min(number_at<uint32_t>(data, PacketOutput::kOffset), taken);
    File& file = files_[output->path];
    if (!file.out) {
        KW_TRY(file.out, PcapFile::open(output->path, link));
    }
    if (link != file.out->link()) {
        ++file.others;
        return {};
    }
    const ClockPair now = ClockPair::now();
    const uint64_t since = now.boot_ns - number_at<uint64_t>(data, PacketOutput::kTime);
    file.out->write(now.realtime_ns - since, {data + PacketOutput::kBytes + offset, taken - offset},
                    std::max(whole, offset) - offset);
    return {};
}

std::vector<std::string> PacketFiles::notes() const {
    std::vector<std::string> notes;
    for (const auto& [path, file] : files_) {
        notes.push_back(fmt::format("{} written to {}",
                                    counted(file.out ? file.out->packets() : 0, "packet"), path));
        if (file.others > 0)
            notes.push_back(
                fmt::format("{} not written to {}, whose first one begins with another header",
                            counted(file.others, "packet"), path));
    }
    if (lost_ > 0)
        notes.push_back(fmt::format("{} lost on the way to a file", counted(lost_, "packet")));
    return notes;
}

}  // namespace knowhy::collect
