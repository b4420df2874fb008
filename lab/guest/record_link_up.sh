#!/bin/sh
# Incident 3 as two recordings: a link comes up whose driver never took the carrier away, and one
# whose driver did.
#
#   record_link_up.sh KNOWHY MODULE.ko DIRECTORY
#
# MODULE is lab/modules/link, built for this kernel. Each of its devices is made kw0 of a namespace
# of its own, and brought up there: what differs is the driver's one call. Writes good.knowhy and
# bad.knowhy into DIRECTORY.
set -eu
knowhy=$1 module=$2 directory=$3

insmod "$module"
for kind in good bad; do
    ns=kwlink-$kind
    ip netns add "$ns"
    ip link set "kw${kind}0" netns "$ns" name kw0
    "$knowhy" record "$directory/$kind.knowhy" --ns "$ns" --functions @carrier -- \
        sh -c "ip -n $ns link set kw0 up; sleep 1.5"  # linkwatch has a second's patience
    ip netns del "$ns"
done
rmmod knowhy_link
