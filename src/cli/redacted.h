// What was seen without the addresses it was seen with, for --redact.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/observation.h"
#include "redact/redact.h"

namespace knowhy::cli {

// Packets are decoded anew, with what they say now.
class Redacted {
  public:
    // `names`: of the host, where it is known what it is called.
    explicit Redacted(std::vector<std::string> names) : redactor_(std::move(names)) {}
    void apply(model::Observation& seen);
    // A packet that goes with it.
    void apply(model::DropGroup& group, model::DropSample& sample);

  private:
    redact::Redactor redactor_;
};

}  // namespace knowhy::cli
