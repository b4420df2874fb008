#include "collect/script/pcap_file.h"

#include <pcap/pcap.h>

#include <cerrno>

namespace knowhy::collect {
namespace {

constexpr int kMostBytes = 65535;
constexpr uint64_t kSecond = 1'000'000'000;

int type_of(PcapFile::Link link) {
    if (link == PcapFile::Link::Ethernet) return DLT_EN10MB;
    return link == PcapFile::Link::Ip ? DLT_RAW : DLT_USER0;
}

}  // namespace

Result<std::unique_ptr<PcapFile>> PcapFile::open(const std::string& path, Link link) {
    std::unique_ptr<PcapFile> made(new PcapFile(path, link));
    made->handle_ =
        pcap_open_dead_with_tstamp_precision(type_of(link), kMostBytes, PCAP_TSTAMP_PRECISION_NANO);
    if (made->handle_ == nullptr) return fail_errno(ENOMEM, path);
    made->out_ = pcap_dump_open(made->handle_, path.c_str());
    if (made->out_ == nullptr) return fail_errno(errno, "writing " + path);
    return made;
}

PcapFile::~PcapFile() {
    if (out_ != nullptr) pcap_dump_close(out_);
    if (handle_ != nullptr) pcap_close(handle_);
}

void PcapFile::write(uint64_t realtime_ns, std::span<const uint8_t> bytes, uint32_t length) {
    pcap_pkthdr header{};
    header.ts.tv_sec = static_cast<time_t>(realtime_ns / kSecond);
    header.ts.tv_usec = static_cast<suseconds_t>(realtime_ns % kSecond);  // nanoseconds, as opened
    header.caplen = static_cast<uint32_t>(bytes.size());
    header.len = length;
    pcap_dump(reinterpret_cast<u_char*>(out_), &header, bytes.data());
    ++packets_;
}

Status PcapFile::flush() {
    if (pcap_dump_flush(out_) != 0) return fail_errno(errno, "writing " + path_);
    return {};
}

}  // namespace knowhy::collect
