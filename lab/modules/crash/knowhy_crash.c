// Crashes the kernel on request, each time in a known way: what `knowhy oops` says of the console's
// text can then be held against what is known. Only for the lab's guests.
//
// `cat /proc/knowhy_crash` gives the key: a line for each kind, with the numbers that only the
// compiler knows. `echo KIND >/proc/knowhy_crash` crashes, in a function crash_KIND, in the line
// that ends with the mark of the kind. Of soft_lockup and hung_task the kernel tells by itself,
// later; of arp it needs a request from the network.
//
// Long because: it is a list, and each entry stands alone.
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

// Nothing of the caller is known in the function, and nothing of it outside.
#define crashes noinline __noclone __used

struct crash_kind {
    const char* kind;
    long (*run)(void);
    long index, stride, field_offset;  // -1: not asked
};

struct station {
    u64 cookie;
    char label[20];
    u32 rate;
    struct station* peer;
    u16 flags;
    struct list_head link;
    u32 seen;
};

struct client_entry {
    __be32 ip_src, ip_dst;
    u8 mac_src[ETH_ALEN], mac_dst[ETH_ALEN];
    u8 assigned, ntt;
    struct net_device* slave;
    u32 next, prev;
};

struct balance_info {
    struct net_device* primary;
    struct client_entry* rx_hashtbl;
    u32 rx_ntt;
};

struct operations {
    int (*open)(struct station* station);
    int (*close)(struct station* station);
};

static struct station here;
static struct balance_info balance;
static struct kmem_cache* cache;
static struct completion never;

static crashes long crash_null_field(struct station* station, u32 most) {
    u32 rate;

    if (most < here.rate || most == 1000) return most;
    rate = station->rate;  //@null_field

    return rate > 3 ? rate : station->seen;
}

static long run_null_field(void) {
    return crash_null_field(READ_ONCE(here.peer), 200);
}

static crashes long crash_null_write(struct station* station, u16 flags) {
    station->peer->flags = flags;  //@null_write
    return station->rate;
}

static long run_null_write(void) {
    return crash_null_write(&here, 3);
}

static crashes long crash_null_array(struct balance_info* info, u32 hash) {
    struct client_entry* client = &info->rx_hashtbl[hash];

    if (client->assigned && client->ip_src)  //@null_array
        return client->next;
    return 0;
}

static long run_null_array(void) {
    return crash_null_array(&balance, READ_ONCE(here.seen) + 16);
}

static crashes long crash_use_after_free(struct station* freed) {
    u16 flags = freed->peer->flags;  //@use_after_free

    return flags & 1 ? flags : freed->rate;
}

static long run_use_after_free(void) {
    struct station* keeps_the_slab = kmem_cache_zalloc(cache, GFP_KERNEL);
    struct station* freed = kmem_cache_zalloc(cache, GFP_KERNEL);

    kmem_cache_free(cache, freed);
    OPTIMIZER_HIDE_VAR(freed);
    return crash_use_after_free(freed) + (long)keeps_the_slab;
}

static crashes long crash_list_poison(struct list_head* head, u32 wanted) {
    struct station* at;

    list_for_each_entry(at, head, link) if (at->seen == wanted)  //@list_poison
        return at->rate;
    return 0;
}

static long run_list_poison(void) {
    static LIST_HEAD(stations);
    static struct station first;

    list_add(&first.link, &stations);
    first.link.next = LIST_POISON1;
    return crash_list_poison(&stations, 77);
}

static crashes struct station* crash_lookup(u32 id) {
    return id > 3 ? &here : ERR_PTR(-ENODEV);
}

static crashes long crash_err_ptr(u32 id) {
    struct station* found = crash_lookup(id);

    return found->rate + id;  //@err_ptr
}

static long run_err_ptr(void) {
    return crash_err_ptr(2);
}

static crashes long crash_non_canonical(struct station* station) {
    u32 seen = station->peer->seen;  //@non_canonical

    return seen > 3 ? seen : station->rate;
}

static long run_non_canonical(void) {
    static struct station trampled;

    memcpy(&trampled.peer, "overrun!", sizeof(trampled.peer));
    return crash_non_canonical(&trampled);
}

static crashes long crash_bug(struct station* station) {
    BUG_ON(station->seen == 0);  //@bug
    return station->rate;
}

static long run_bug(void) {
    return crash_bug(&here);
}

static crashes long crash_warn(struct station* station) {
    WARN(!station->peer, "station %u has no peer\n", station->seen);  //@warn
    return station->rate;
}

static long run_warn(void) {
    return crash_warn(&here);
}

static crashes long crash_stack_overflow(volatile u64* above) {
    volatile u64 frame[24];

    frame[0] = *above + 1;
    return crash_stack_overflow(frame) + frame[0];  //@stack_overflow
}

static long run_stack_overflow(void) {
    u64 first = 0;

    return crash_stack_overflow(&first);
}

static crashes long crash_divide(struct station* station, u32 total) {
    return total / station->seen;  //@divide
}

static long run_divide(void) {
    return crash_divide(&here, 1000);
}

static crashes long crash_soft_lockup(unsigned long until) {
    preempt_disable();
    while (time_before(jiffies, until)) cpu_relax();  //@soft_lockup
    preempt_enable();
    return 0;
}

static long run_soft_lockup(void) {
    return crash_soft_lockup(jiffies + 5 * HZ);
}

static crashes long crash_hung_task(struct completion* done) {
    wait_for_completion(done);  //@hung_task
    return 0;
}

static long run_hung_task(void) {
    return crash_hung_task(&never);
}

static __always_inline u32 rate_of(const struct station* of) {
    u32 rate = of->rate;  //@inlined

    return rate > 10 ? rate / 10 : 1;
}

static __always_inline u32 peer_rate(const struct station* of) {
    u32 rate = rate_of(of->peer);

    return rate < of->rate ? rate : of->rate;
}

static crashes long crash_inlined(struct station* station, u32 limit) {
    u32 rate = peer_rate(station);

    return rate > limit ? limit : rate;
}

static long run_inlined(void) {
    return crash_inlined(&here, 100);
}

static crashes long crash_null_ops(const struct operations** ops, struct station* station) {
    return (*ops)->close(station) + 1;  //@null_ops
}

static long run_null_ops(void) {
    static const struct operations* none;

    return crash_null_ops(&none, &here);
}

// Short enough that MIPS's compilers put the load behind the jump.
static crashes long crash_delay_slot(struct station* station) {
    return station->seen;  //@delay_slot
}

static long run_delay_slot(void) {
    return crash_delay_slot(READ_ONCE(here.peer));
}

static crashes void crash_arp(struct balance_info* info, const struct arphdr* arp) {
    const u8* target = (const u8*)(arp + 1) + 2 * ETH_ALEN + 4;
    u32 hash = target[3];
    struct client_entry* client = &info->rx_hashtbl[hash];

    if (client->assigned && client->ip_dst == *(__be32*)target)  //@arp
        client->ntt = 1;
}

// As a balancing bond would see replies, but asked for on every device: packet_type's dev is NULL.
static int receive_arp(struct sk_buff* skb, struct net_device* dev, struct packet_type* type,
                       struct net_device* original) {
    if (pskb_may_pull(skb, arp_hdr_len(dev))) crash_arp(&balance, (const struct arphdr*)skb->data);
    kfree_skb(skb);
    return 0;
}

static struct packet_type arp_handler = {
    .type = htons(ETH_P_ARP),
    .func = receive_arp,
};

static long run_arp(void) {
    dev_add_pack(&arp_handler);
    return 0;
}

#define NO_NUMBERS -1, -1, -1
#define FIELD_OF(type, field) -1, -1, offsetof(type, field)

static const struct crash_kind keys[] = {
    {"null_field", run_null_field, FIELD_OF(struct station, rate)},
    {"null_write", run_null_write, FIELD_OF(struct station, flags)},
    {"null_array", run_null_array, 16, sizeof(struct client_entry),
     offsetof(struct client_entry, assigned)},
    {"use_after_free", run_use_after_free, FIELD_OF(struct station, flags)},
    {"list_poison", run_list_poison, -1, -1,
     (long)offsetof(struct station, seen) - (long)offsetof(struct station, link)},
    {"err_ptr", run_err_ptr, FIELD_OF(struct station, rate)},
    {"non_canonical", run_non_canonical, FIELD_OF(struct station, seen)},
    {"bug", run_bug, NO_NUMBERS},
    {"warn", run_warn, NO_NUMBERS},
    {"stack_overflow", run_stack_overflow, NO_NUMBERS},
    {"divide", run_divide, NO_NUMBERS},
    {"soft_lockup", run_soft_lockup, NO_NUMBERS},
    {"hung_task", run_hung_task, NO_NUMBERS},
    {"inlined", run_inlined, FIELD_OF(struct station, rate)},
    {"null_ops", run_null_ops, FIELD_OF(struct operations, close)},
    {"delay_slot", run_delay_slot, FIELD_OF(struct station, seen)},
    {"arp", run_arp, 16, sizeof(struct client_entry), offsetof(struct client_entry, assigned)},
};

static ssize_t write_kind(struct file* file, const char __user* text, size_t size, loff_t* at) {
    char kind[32] = "";
    unsigned int i;

    if (size >= sizeof(kind) || copy_from_user(kind, text, size)) return -EINVAL;
    kind[strcspn(kind, "\n")] = 0;
    for (i = 0; i < ARRAY_SIZE(keys); ++i)
        if (strcmp(kind, keys[i].kind) == 0) {
            pr_info("knowhy_crash: %s returned %ld\n", kind, keys[i].run());
            return size;
        }
    return -EINVAL;
}

static int show_keys(struct seq_file* out, void* unused) {
    unsigned int i;

    for (i = 0; i < ARRAY_SIZE(keys); ++i)
        seq_printf(out, "%s %ld %ld %ld\n", keys[i].kind, keys[i].index, keys[i].stride,
                   keys[i].field_offset);
    return 0;
}

static int open_keys(struct inode* inode, struct file* file) {
    return single_open(file, show_keys, NULL);
}

static const struct proc_ops proc_operations = {
    .proc_open = open_keys,
    .proc_read = seq_read,
    .proc_write = write_kind,
    .proc_release = single_release,
};

static int __init begin(void) {
    init_completion(&never);
    cache = kmem_cache_create("knowhy_crash", sizeof(struct station), 0, SLAB_POISON, NULL);
    if (!cache || !proc_create("knowhy_crash", 0600, NULL, &proc_operations)) return -ENOMEM;
    return 0;
}

module_init(begin);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Crashes the lab's kernel in known ways");
