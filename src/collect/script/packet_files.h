// The packets that skboutput() sends, on their way into pcap files.
//
// A file has one kind of link, which its first packet decides: Ethernet where that begins with a
// link header, raw IP where it begins with a network header. A packet that begins elsewhere than
// the file's others is not written, and counted.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/script/pcap_file.h"
#include "lang/plan/plan.h"

struct perf_buffer;

namespace knowhy::collect {

class PacketFiles {
  public:
    // `events` is the plan's map of packets; `plan` must outlive it.
    static Result<std::unique_ptr<PacketFiles>> open(const lang::Plan& plan, int events);
    PacketFiles(const PacketFiles&) = delete;
    PacketFiles& operator=(const PacketFiles&) = delete;
    ~PacketFiles();

    [[nodiscard]] int descriptor() const;  // readable when packets have arrived
    Status take();                         // what is there
    Status finish();                       // the same, and what was written is in the files

    // What there is to tell of each file, and of what is in none.
    [[nodiscard]] std::vector<std::string> notes() const;

  private:
    struct File {
        std::unique_ptr<PcapFile> out;  // null before its first packet
        uint64_t others = 0;            // that begin elsewhere
    };
    explicit PacketFiles(const lang::Plan& plan) : plan_(plan) {}
    static void sample(void* self, int cpu, void* data, uint32_t size);
    Status write(const uint8_t* data, uint32_t size);

    const lang::Plan& plan_;
    perf_buffer* buffer_ = nullptr;
    std::map<std::string, File> files_;
    uint64_t lost_ = 0;
    Status failed_;
};

}  // namespace knowhy::collect
