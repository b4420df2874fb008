// The stacks of a report: the call trace, and where an object was allocated and freed.
#pragma once

#include <string_view>

#include "model/oops.h"
#include "oops/parse/sections.h"

namespace knowhy::oops {

class Traces {
  public:
    explicit Traces(model::OopsReport& report) : report_(report) {}

    void read(std::string_view text, Section section, uint32_t line);
    void finish();

    [[nodiscard]] bool begun() const { return begun_; }

  private:
    void start(std::string_view text);
    void add(std::string_view text, uint32_t line);
    void mark(std::string_view text, uint32_t line);

    model::OopsReport& report_;
    std::vector<model::OopsFrame>* into_ = nullptr;  // nullptr: frames belong to no stack of ours
    model::OopsFrame::Context context_ = model::OopsFrame::Context::Task;
    bool begun_ = false;
};

}  // namespace knowhy::oops
