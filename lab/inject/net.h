// Namespaces, packet sockets and addresses, as the verbs need them.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

#include "frame.h"

namespace knowhy::lab {

// Moves this process into a namespace of /run/netns. Sockets opened before stay where they are.
void enter_netns(const std::string& name);

// A packet socket on the device. Only a listening one receives: a tap clones what the device sends,
// and frames of an unknown protocol count as delivered, both of which would change what a case
// shows.
enum class Tap { None, Listening };
int open_packet_socket(const std::string& device, Tap tap);

sockaddr_in ipv4_endpoint(const std::string& address, uint16_t port);

// A socket filter that lets nothing pass.
void refuse_everything(int fd);

void set_option(int fd, int level, int name, int value);
void sleep_ms(int64_t milliseconds);

}  // namespace knowhy::lab
