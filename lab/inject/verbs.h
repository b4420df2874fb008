// What kw-inject can do. Each verb takes the words after its name and returns an exit status.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace knowhy::lab {

using Words = std::vector<std::string>;

int send_frames(const Words& words);   // injects frames through a packet socket
int send_udp(const Words& words);      // datagrams from an ordinary socket
int open_socket(const Words& words);   // a socket that waits, reads or refuses to read
int open_streams(const Words& words);  // TCP connections that are only opened
int tcp_segments(const Words& words);  // segments injected into a live TCP connection
int open_tun(const Words& words);      // a tun or tap device with somebody, or nobody, reading
int attach_xdp(const Words& words);    // a two-instruction XDP program
int can_attach(const Words& words);    // does this kernel attach fexit, kprobe...?

// Runs `prepare`, then returns 0 here while a child keeps what was opened, running `serve`, until
// it is killed: the next line of a recipe finds everything ready, without any sleep.
int hold(const std::function<void()>& prepare, const std::function<void()>& serve);

}  // namespace knowhy::lab
