// A kernel that knows a little, for tests of decoding.
#pragma once

#include <map>

#include "lang/values/decode.h"

namespace knowhy::lang {

class FewAnswers : public Resolver {
  public:
    model::CodePlace kernel_symbol(uint64_t address) override {
        model::CodePlace place;
        place.address = address;
        if (address >= 0x1000 && address < 0x2000) {
            place.name = "ip_rcv";
            place.offset = address - 0x1000;
        }
        return place;
    }
    model::CodePlace user_symbol(uint64_t address, uint32_t pid) override {
        model::CodePlace place;
        place.address = address;
        place.image = pid == 7 ? "/bin/sh" : "";
        return place;
    }
    std::optional<std::vector<model::CodePlace>> kernel_stack(int64_t id,
                                                              const Type::Stack& how) override {
        if (id != 3) return std::nullopt;
        std::vector<model::CodePlace> frames = {kernel_symbol(0x1004), kernel_symbol(0x9000)};
        if (how.depth < frames.size()) frames.resize(how.depth);
        return frames;
    }
    std::optional<std::vector<model::CodePlace>> user_stack(int64_t /*id*/, uint32_t pid,
                                                            const Type::Stack& /*how*/) override {
        return std::vector{user_symbol(0x55, pid)};
    }
    std::string user_name(uint32_t uid) override { return uid == 0 ? "root" : ""; }
    std::string cgroup_path(uint64_t id) override { return id == 1 ? "/" : ""; }
    std::string probe_name(uint64_t index) override { return index == 0 ? "BEGIN" : ""; }
    std::string composed(const model::Formatted& what) override {
        return what.format + " of " + std::to_string(what.values.size());
    }
    uint64_t realtime_of_boot(uint64_t boot_ns) override { return boot_ns + 1000000000; }
};

}  // namespace knowhy::lang
