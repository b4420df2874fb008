// Sockets of any family.
#include "lang/tapset/aliases.h"

namespace knowhy::lang::tapset_points {
namespace {

const std::vector<AliasVariable> kSocket = {
    {"name", "the alias's own name"},
    {"size", "how many bytes; at the return a negative errno where it failed"},
    {"protocol", "the protocol's number"},
    {"family", "the family's number"},
    {"state", "the socket's state, as a number"},
    {"flags", "the socket's flags"},
    {"type", "the socket's type, as a number"},
    {"success", "at the return: whether it succeeded"},
};
const std::vector<AliasVariable> kCreation = {
    {"name", "the alias's own name"},
    {"protocol", "the protocol's number"},
    {"family", "the family's number"},
    {"type", "the socket's type, as a number"},
    {"requester", "1: the kernel itself wants it"},
    {"err", "at the return: 0 or a negative errno"},
    {"success", "at the return: whether it succeeded"},
};

}  // namespace

std::vector<Alias> socket_aliases() {
    return {
        {"socket.sendmsg", "a message is sent", R"(kernel.function("sock_sendmsg") {
             name = "socket.sendmsg"
             size = @choose_defined($size, $msg->msg_iter->count)
             protocol = $sock->sk->sk_protocol; family = $sock->sk->__sk_common->skc_family
             state = $sock->state; flags = $sock->flags; type = $sock->type })",
         kSocket},
        {"socket.sendmsg.return", "it is sent", R"(kernel.function("sock_sendmsg").return {
             name = "socket.sendmsg.return"; size = $return
             protocol = @entry($sock->sk->sk_protocol)
             family = @entry($sock->sk->__sk_common->skc_family)
             state = @entry($sock->state); flags = @entry($sock->flags)
             type = @entry($sock->type); success = $return >= 0 })",
         kSocket},
        {"socket.recvmsg", "a message is received", R"(kernel.function("sock_recvmsg") {
             name = "socket.recvmsg"
             size = @choose_defined($size, $msg->msg_iter->count)
             protocol = $sock->sk->sk_protocol; family = $sock->sk->__sk_common->skc_family
             state = $sock->state; flags = $sock->flags; type = $sock->type })",
         kSocket},
        {"socket.recvmsg.return", "it is received", R"(kernel.function("sock_recvmsg").return {
             name = "socket.recvmsg.return"; size = $return
             protocol = @entry($sock->sk->sk_protocol)
             family = @entry($sock->sk->__sk_common->skc_family)
             state = @entry($sock->state); flags = @entry($sock->flags)
             type = @entry($sock->type); success = $return >= 0 })",
         kSocket},
        {"socket.send", "a message was sent", "socket.sendmsg.return { name = \"socket.send\" }",
         kSocket},
        {"socket.receive", "a message was received",
         "socket.recvmsg.return { name = \"socket.receive\" }", kSocket},
        {"socket.create", "a socket is made", R"(kernel.function("__sock_create") {
             name = "socket.create"; protocol = $protocol; family = $family; type = $type
             requester = $kern })",
         kCreation},
        {"socket.create.return", "it is made", R"(kernel.function("__sock_create").return {
             name = "socket.create.return"; protocol = @entry($protocol)
             family = @entry($family); type = @entry($type); requester = @entry($kern)
             err = $return; success = $return >= 0 })",
         kCreation},
        {"socket.close", "a socket goes", R"(kernel.function("sock_release") {
             name = "socket.close"
             protocol = $sock->sk->sk_protocol; family = $sock->sk->__sk_common->skc_family
             state = $sock->state; flags = $sock->flags; type = $sock->type })",
         kSocket},
    };
}

}  // namespace knowhy::lang::tapset_points
