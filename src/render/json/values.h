// Parts of the model as JSON values; every type of line is built of these.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::render {

// Keys keep the order they were written in: lines read from left to right.
using Json = nlohmann::ordered_json;

// One line, ASCII only. Bytes that are no UTF-8 become U+FFFD.
std::string json_line(const Json& value);

std::string hex_bytes(const std::vector<uint8_t>& bytes);
Json text_or_null(const std::string& text);  // "" is null
Json optional_number(const std::optional<uint64_t>& number);
Json place_json(const model::Place& place);
Json line_or_null(uint32_t line);  // 0 is null
// An inline chain, the innermost level first.
Json levels_json(const std::vector<model::InlineLevel>& chain);
Json netns_json(uint32_t inum, const std::string& name);
Json reason_json(const model::DropReason& reason);
Json packet_json(const model::DropSample& sample);
Json stack_json(const std::vector<model::Place>& stack);
Json facts_json(const std::vector<model::Fact>& facts);
Json evidence_json(const std::vector<model::Evidence>& evidence);
Json points_json(const std::vector<model::PointStatus>& points);

}  // namespace knowhy::render
