// Packets for tests: mostly well formed, from a small world of addresses and ports so that filters
// match now and then, sometimes with bytes changed or the end cut off.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "pcap/filter.h"

namespace knowhy::pcap {

class PacketGen {
  public:
    explicit PacketGen(uint64_t seed) : random_(seed) {}

    std::vector<uint8_t> packet(Link link) {
        bytes_.clear();
        if (link == Link::Ethernet)
            ethernet();
        else
            one_in(3) ? ipv6() : ipv4();
        for (size_t flips = one_in(4) ? below(4) : 0; flips > 0 && !bytes_.empty(); --flips)
            bytes_[below(bytes_.size())] = byte();
        if (one_in(5)) bytes_.resize(below(bytes_.size() + 1));
        return bytes_;
    }

    size_t below(size_t limit) {
        return std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
    }

  private:
    using Bytes = std::vector<uint8_t>;

    bool one_in(size_t n) { return below(n) == 0; }
    uint8_t byte() { return static_cast<uint8_t>(below(256)); }

    template <size_t N>
    uint16_t one_of(const std::array<uint16_t, N>& values) {
        return one_in(8) ? static_cast<uint16_t>(below(65536)) : values.at(below(N));
    }

    void put(const Bytes& bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    void put16(size_t value) {
        put({static_cast<uint8_t>(value >> 8U), static_cast<uint8_t>(value & 0xffU)});
    }
    void put_random(size_t count) {
        for (; count > 0; --count) bytes_.push_back(byte());
    }

    void mac() {
        if (one_in(8))
            put(Bytes(6, 0xff));
        else
            put({2, 0, 0, 0, 0, static_cast<uint8_t>(1 + below(3))});
    }

    void ethernet() {
        mac();
        mac();
        for (size_t tags = one_in(4) ? 1 + below(2) : 0; tags > 0; --tags) {
            put16(one_of<3>({0x8100, 0x88a8, 0x9100}));
            put16(one_of<3>({100, 200, 0x2064}));
        }
        switch (below(8)) {
            case 0:
                put16(0x0806);
                return arp();
            case 1:
                put16(one_of<4>({0x8809, 0x8847, 0x8863, 46}));
                return put_random(below(60));
            case 2:
            case 3:
                put16(0x86dd);
                return ipv6();
            default:
                put16(0x0800);
                return ipv4();
        }
    }

    void address4() {
        if (one_in(6))
            put({static_cast<uint8_t>(one_in(2) ? 224 : 127), 0, 0, 1});
        else
            put({10, 0, static_cast<uint8_t>(below(2)), static_cast<uint8_t>(1 + below(3))});
    }

    void address6() {
        Bytes address(16, 0);
        address[0] = one_in(4) ? 0xff : 0xfd;
        address[15] = static_cast<uint8_t>(1 + below(3));
        put(address);
    }

    void arp() {
        put({0, 1, 8, 0, 6, 4, 0, static_cast<uint8_t>(1 + below(2))});
        mac();
        address4();
        mac();
        address4();
    }

    uint8_t protocol() {
        return static_cast<uint8_t>(one_of<7>({1, 6, 6, 17, 17, 132, 47}) & 0xffU);
    }

    void ipv4() {
        const size_t words = one_in(5) ? 5 + below(11) : 5;
        const uint8_t proto = protocol();
        put({static_cast<uint8_t>(0x40 | words), byte(), 0, static_cast<uint8_t>(40 + below(200))});
        put_random(2);
        put16(one_in(6) ? below(65536) : one_of<2>({0, 0x4000}));
        put({static_cast<uint8_t>(1 + below(255)), proto, byte(), byte()});
        address4();
        address4();
        put_random((words - 5) * 4);
        transport(proto);
    }

    void ipv6() {
        uint8_t next = one_in(8) ? 58 : protocol();
        const bool fragment = one_in(6);
        put({0x60, 0, 0, 0, 0, static_cast<uint8_t>(below(200))});
        put({static_cast<uint8_t>(fragment ? 44 : next), 64});
        address6();
        address6();
        if (fragment) {
            put({next, 0});
            put_random(6);
        }
        transport(next);
    }

    void transport(uint8_t proto) {
        if (proto == 1 || proto == 58)
            put({static_cast<uint8_t>(one_of<4>({8, 0, 3, 11}) & 0xffU), 0});
        else {
            put16(one_of<4>({22, 53, 80, 4791}));
            put16(one_of<4>({22, 53, 80, 4791}));
        }
        put_random(8);
        put({0x50, static_cast<uint8_t>(one_in(4) ? byte() : 2 << (4 * below(2)))});
        put_random(6 + below(one_in(3) ? 220 : 40));
    }

    std::mt19937_64 random_;
    Bytes bytes_;
};

}  // namespace knowhy::pcap
