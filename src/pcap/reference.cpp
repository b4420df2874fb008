#include "pcap/reference.h"

#include <pcap/pcap.h>

namespace knowhy::pcap {

struct Reference::Compiled {
    bpf_program program{};
    ~Compiled() { pcap_freecode(&program); }
};

Reference::Reference(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Reference::Reference(Reference&&) noexcept = default;
Reference& Reference::operator=(Reference&&) noexcept = default;
Reference::~Reference() = default;

std::optional<Reference> Reference::compile(const std::string& expression, Link link) {
    const int dlt = link == Link::Ethernet ? DLT_EN10MB : DLT_RAW;
    const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(dlt, 262144),
                                                                &pcap_close);
    auto compiled = std::make_unique<Compiled>();
    if (!handle || pcap_compile(handle.get(), &compiled->program, expression.c_str(), 1,
                                PCAP_NETMASK_UNKNOWN) != 0)
        return std::nullopt;
    return Reference(std::move(compiled));
}

bool Reference::matches(std::span<const uint8_t> copy, uint32_t length) const {
    pcap_pkthdr header{};
    header.caplen = static_cast<uint32_t>(copy.size());
    header.len = length;
    return pcap_offline_filter(&compiled_->program, &header, copy.data()) != 0;
}

}  // namespace knowhy::pcap
