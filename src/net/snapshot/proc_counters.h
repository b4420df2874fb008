// The counter files of procfs as model::Counters. Pure functions over their text; what does not
// parse is left out.
#pragma once

#include <string_view>

#include "model/state.h"

namespace knowhy::net {

// snmp and netstat: a line of names and a line of values after each prefix. "snmp.Ip.InReceives".
// Negative values (Tcp MaxConn) are no counters.
void add_paired_lines(std::string_view text, std::string_view file, model::Counters& to);
// snmp6: "Ip6InReceives <value>" a line. "snmp6.Ip6InReceives".
void add_snmp6(std::string_view text, model::Counters& to);
// sockstat, sockstat6: "FRAG: inuse 0 memory 0". "frag.memory", "frag6.memory", also "inuse"; of
// the others "sockets.TCP.inuse", "sockets.TCP6.inuse", "sockets.used".
void add_sockstat(std::string_view text, model::Counters& to);
// Tables of /proc/net/stat: a line of names, then a line of hexadecimal numbers for each CPU, which
// are summed. "entries" is one number for the whole table, repeated, and is left out.
void add_per_cpu_table(std::string_view text, std::string_view prefix, model::Counters& to);
// The same of a neighbour table, with its "entries".
void add_neighbour_table(std::string_view text, std::string_view prefix, model::Counters& to);
// softnet_stat: no names; a line of hexadecimal numbers for each CPU. "softnet.dropped" of all of
// them, "softnet.cpu0.dropped" of one.
void add_softnet(std::string_view text, model::Counters& to);

}  // namespace knowhy::net
