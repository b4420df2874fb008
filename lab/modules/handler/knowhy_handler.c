// Registers an ARP handler without a device, under the name of the bonding driver's: what Linux before
// 2.6.35 did for each bond in mode balance-alb. It looks at nothing. Only for the lab's guests.
#include <linux/if_ether.h>
#include <linux/module.h>
#include <linux/netdevice.h>

static int rlb_arp_recv(struct sk_buff* skb, struct net_device* dev, struct packet_type* type,
                        struct net_device* original) {
    consume_skb(skb);
    return 0;
}

static struct packet_type handler = {.type = htons(ETH_P_ARP), .func = rlb_arp_recv};

static int __init start(void) {
    dev_add_pack(&handler);
    return 0;
}

static void __exit stop(void) {
    dev_remove_pack(&handler);
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("An ARP handler for every device");
