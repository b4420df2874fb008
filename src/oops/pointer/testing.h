// Reports made by hand, for tests.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/oops.h"

namespace knowhy::oops::testing {

inline std::vector<uint8_t> from_hex(std::string_view text) {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] == ' ' || text[i] == '<' || text[i] == '>') continue;
        bytes.push_back(
            static_cast<uint8_t>(std::stoul(std::string(text.substr(i++, 2)), nullptr, 16)));
    }
    return bytes;
}

// `code`: bytes in memory's order, '<' before the marked one. `offset`: of the marked one.
inline model::OopsReport crash(std::string arch, std::string_view code, uint64_t offset,
                               std::map<std::string, uint64_t> registers, uint64_t fault) {
    model::OopsReport report;
    report.kind = model::OopsKind::PagingRequest;
    report.arch = std::move(arch);
    report.bits = 64;
    report.code.bytes = from_hex(code);
    report.code.marker = from_hex(code.substr(0, code.find('<'))).size();
    report.pc.name = "broken";
    report.pc.offset = offset;
    report.pc.size = 0x100;
    report.registers = std::move(registers);
    report.fault_address = fault;
    return report;
}

}  // namespace knowhy::oops::testing
