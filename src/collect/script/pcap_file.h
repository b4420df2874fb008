// A pcap file that is being written.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

struct pcap;
struct pcap_dumper;

namespace knowhy::collect {

class PcapFile {
  public:
    // What its packets begin with.
    enum class Link : uint8_t { Ethernet, Ip, Unknown };

    static Result<std::unique_ptr<PcapFile>> open(const std::string& path, Link link);
    PcapFile(const PcapFile&) = delete;
    PcapFile& operator=(const PcapFile&) = delete;
    ~PcapFile();

    [[nodiscard]] Link link() const { return link_; }
    // `length` is the whole packet's, of which `bytes` are the first ones.
    void write(uint64_t realtime_ns, std::span<const uint8_t> bytes, uint32_t length);
    [[nodiscard]] uint64_t packets() const { return packets_; }
    Status flush();

  private:
    PcapFile(std::string path, Link link) : path_(std::move(path)), link_(link) {}

    std::string path_;
    Link link_;
    pcap* handle_ = nullptr;
    pcap_dumper* out_ = nullptr;
    uint64_t packets_ = 0;
};

}  // namespace knowhy::collect
