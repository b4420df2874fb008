// Sockets of any family.
#include "lang/tapset/aliases.h"

namespace knowhy::lang::tapset_points {
namespace {

const AliasVariable kName = {"name", "the alias's own name"};
const AliasVariable kProtocol = {"protocol", "the protocol's number"};
const AliasVariable kFamily = {"family", "the family's number"};
const AliasVariable kState = {"state", "the socket's state, as a number"};
const AliasVariable kFlags = {"flags", "the socket's flags"};
const AliasVariable kType = {"type", "the socket's type, as a number"};
const AliasVariable kSuccess = {"success", "whether it succeeded"};
const AliasVariable kRequester = {"requester", "1: the kernel itself wants it"};

const std::vector<AliasVariable> kSocket = {kName, kProtocol, kFamily, kState, kFlags, kType};
const std::vector<AliasVariable> kMessage = {
    kName, {"size", "how many bytes"}, kProtocol, kFamily, kState, kFlags, kType};
const std::vector<AliasVariable> kMessageDone = {
    kName,     {"size", "how many bytes it were, or a negative errno"},
    kProtocol, kFamily,
    kState,    kFlags,
    kType,     kSuccess};
const std::vector<AliasVariable> kCreation = {kName, kProtocol, kFamily, kType, kRequester};
const std::vector<AliasVariable> kCreationDone = {
    kName, kProtocol, kFamily, kType, kRequester, {"err", "0, or a negative errno"}, kSuccess};

}  // namespace

std::vector<Alias> socket_aliases() {
    return {
        {"socket.sendmsg", "a message is sent", R"(kernel.function("sock_sendmsg") {
             name = "socket.sendmsg"
             size = @choose_defined($size, $msg->msg_iter->count)
             protocol = $sock->sk->sk_protocol; family = $sock->sk->__sk_common->skc_family
             state = $sock->state; flags = $sock->flags; type = $sock->type })",
         kMessage},
        {"socket.sendmsg.return", "it is sent", R"(kernel.function("sock_sendmsg").return {
             name = "socket.sendmsg.return"; size = $return
             protocol = @entry($sock->sk->sk_protocol)
             family = @entry($sock->sk->__sk_common->skc_family)
             state = @entry($sock->state); flags = @entry($sock->flags)
             type = @entry($sock->type); success = $return >= 0 })",
         kMessageDone},
        {"socket.recvmsg", "a message is received", R"(kernel.function("sock_recvmsg") {
             name = "socket.recvmsg"
             size = @choose_defined($size, $msg->msg_iter->count)
             protocol = $sock->sk->sk_protocol; family = $sock->sk->__sk_common->skc_family
             state = $sock->state; flags = $sock->flags; type = $sock->type })",
         kMessage},
        {"socket.recvmsg.return", "it is received", R"(kernel.function("sock_recvmsg").return {
             name = "socket.recvmsg.return"; size = $return
             protocol = @entry($sock->sk->sk_protocol)
             family = @entry($sock->sk->__sk_common->skc_family)
             state = @entry($sock->state); flags = @entry($sock->flags)
             type = @entry($sock->type); success = $return >= 0 })",
         kMessageDone},
        {"socket.send", "a message was sent", "socket.sendmsg.return { name = \"socket.send\" }",
         kMessageDone},
        {"socket.receive", "a message was received",
         "socket.recvmsg.return { name = \"socket.receive\" }", kMessageDone},
        {"socket.create", "a socket is made", R"(kernel.function("__sock_create") {
             name = "socket.create"; protocol = $protocol; family = $family; type = $type
             requester = $kern })",
         kCreation},
        {"socket.create.return", "it is made", R"(kernel.function("__sock_create").return {
             name = "socket.create.return"; protocol = @entry($protocol)
             family = @entry($family); type = @entry($type); requester = @entry($kern)
             err = $return; success = $return >= 0 })",
         kCreationDone},
        {"socket.close", "a socket goes", R"(kernel.function("sock_release") {
             name = "socket.close"
             protocol = $sock->sk->sk_protocol; family = $sock->sk->__sk_common->skc_family
             state = $sock->state; flags = $sock->flags; type = $sock->type })",
         kSocket},
    };
}

}  // namespace knowhy::lang::tapset_points
