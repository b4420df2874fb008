// Two network devices that differ in one call. When they are brought up, the driver of kwgood0 takes
// the carrier away before it reports one, that of kwbad0 only reports it: the kernel sees no change
// then, and the operational state of kwbad0 stays UNKNOWN. They send nothing. Only for the lab's
// guests.
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/netdevice.h>

static struct net_device* bad;
static struct net_device* good;

static int open_bad(struct net_device* dev) {
    netif_carrier_on(dev);
    return 0;
}

static int open_good(struct net_device* dev) {
    netif_carrier_off(dev);
    netif_carrier_on(dev);
    return 0;
}

static netdev_tx_t swallow(struct sk_buff* skb, struct net_device* dev) {
    dev_consume_skb_any(skb);
    return NETDEV_TX_OK;
}

static const struct net_device_ops bad_ops = {.ndo_open = open_bad, .ndo_start_xmit = swallow};
static const struct net_device_ops good_ops = {.ndo_open = open_good, .ndo_start_xmit = swallow};

static void tell_driver(struct net_device* dev, struct ethtool_drvinfo* info) {
    strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
}

static const struct ethtool_ops tools = {.get_drvinfo = tell_driver};

static struct net_device* make(const char* name, const struct net_device_ops* ops) {
    struct net_device* dev = alloc_etherdev(0);
    if (!dev)
        return NULL;
    strscpy(dev->name, name, IFNAMSIZ);
    dev->netdev_ops = ops;
    dev->ethtool_ops = &tools;
    eth_hw_addr_random(dev);
    if (register_netdev(dev) == 0)
        return dev;
    free_netdev(dev);
    return NULL;
}

static void unmake(struct net_device* dev) {
    if (!dev)
        return;
    unregister_netdev(dev);
    free_netdev(dev);
}

static int __init start(void) {
    bad = make("kwbad0", &bad_ops);
    good = make("kwgood0", &good_ops);
    if (bad && good)
        return 0;
    unmake(bad);
    unmake(good);
    return -ENOMEM;
}

static void __exit stop(void) {
    unmake(bad);
    unmake(good);
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Devices that report a carrier with and without having taken it away");
