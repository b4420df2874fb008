// What a rule is: a descriptor in one table, from which diagnose(), sysctls_to_diagnose(),
// --explain and docs/diagnoses.md all follow. The rules themselves stand in rules_*.cpp, by area.
#pragma once

#include <string_view>
#include <vector>

#include "explain/diagnose/inspection.h"

namespace knowhy::explain {

struct Rule {
    std::string_view id;
    std::string_view title;
    std::string_view facts;      // what it needs, for people
    std::string_view certainty;  // when certain, when likely, for people
    std::string_view remedy;     // what it means and what helps
    bool in_lab = true;          // false: no recipe shows it

    // Sysctls that inspect() looks at; "{dev}" stands for each device and for "all".
    std::vector<std::string_view> sysctls = {};

    void (*inspect)(const Inspection& inspection, const Report& report) = nullptr;
};

const std::vector<Rule>& rules();

// The areas of which the table is made: one function each, one rules_*.cpp each.
std::vector<Rule> link_rules();
std::vector<Rule> driver_rules();  // what drivers were asked for, and what they do
std::vector<Rule> bond_rules();
std::vector<Rule> lacp_rules();
std::vector<Rule> mtu_rules();
std::vector<Rule> address_rules();
std::vector<Rule> gateway_rules();
std::vector<Rule> source_rules();  // who may be the source of a packet
std::vector<Rule> setting_rules();
std::vector<Rule> limit_rules();  // tables and queues that are full
std::vector<Rule> loss_rules();   // counters of what was dropped
std::vector<Rule> queue_rules();  // who does the work of receiving

}  // namespace knowhy::explain
