"""The crashing functions: C text, and of each what the right explanation of its crash is.

Every shape below is one way in which kernel code meets a bad pointer. cases() makes several functions
of each, with structures, widths, strides and positions of their own; which ones is fixed by the seed,
so that a case's name means the same function everywhere.

A line that crashes ends with the mark of its case, /*@NAME*/, by which generate finds its number.
Numbers that depend on the compiler (offsets, strides) are written as C expressions.
"""
import dataclasses
import random

WIDTHS = ("u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64")
FILLERS = ("u8", "u16", "u32", "u64", "void *", "struct list_head", "u8 [6]", "u16 [3]", "u32 [5]")
FIELDS = ("state", "flags", "assigned", "mtu", "refcnt", "length", "priority", "seq", "timeout", "owner",
          "key", "depth", "limit", "speed", "mode", "credits")
OTHERS = ("lock", "list", "dev", "next_hop", "stats", "addr", "name_len", "cache", "queue", "work",
          "parent", "id", "last_rx", "backlog", "cookie", "hint")
NULL, ARRAY, ERROR = "null-plus-offset", "array-element", "err-ptr"
LIST, SLAB, WILD = "list-poison", "slab-poison", "non-canonical"
ERRNOS = (1, 2, 5, 11, 12, 16, 17, 19, 22, 95, 110)


@dataclasses.dataclass
class Case:
    """One crashing function. What a tuple holds is all right; None is not asked for."""
    name: str
    text: str
    pointer: tuple
    base: str = "0"
    index: str = None
    stride: str = None
    field_offset: str = None
    error: int = None
    variable: tuple = ()   # how C names the bad pointer
    field: tuple = ()
    access: str = "read"   # as a machine that loads before it stores sees it; "atomic", "execute"


def declare(type_name, name):
    base, _, array = type_name.partition(" [")
    return f"{base}{'' if base.endswith('*') else ' '}{name}{'[' + array if array else ''};"


class Maker:
    """Names, structures and widths for one case."""

    def __init__(self, name, rng):
        self.name, self.rng = name, rng
        self.mark = f"/*@{name}*/"
        self.field = rng.choice(FIELDS)
        self.width = rng.choice(WIDTHS)
        self.types = []

    def struct(self, suffix, target, before=None, after=None):
        """Defines a structure with `target` (text of a member) among members that do not matter."""
        rng = self.rng
        names = rng.sample(OTHERS, len(OTHERS))
        def fillers(count):
            return [declare(rng.choice(FILLERS), names.pop()) for _ in range(count)]
        members = [*fillers(rng.randint(0, 5) if before is None else before), target,
                   *fillers(rng.randint(0, 3) if after is None else after)]
        tag = f"struct {self.name}_{suffix}"
        self.types.append(f"{tag} {{\n    " + "\n    ".join(members) + "\n};\n")
        return tag

    def target(self, suffix="item", **where):
        return self.struct(suffix, declare(self.width, self.field), **where)

    def offset(self, tag, field=None):
        return f"__builtin_offsetof({tag}, {field or self.field})"

    def use(self, place):
        """A statement that reads or writes `place`: (text, access on a machine with loads and stores)."""
        return self.rng.choice([
            (f"return {place}; {self.mark}", "read"),
            (f"if ({place} > 7) {self.mark}\n        return 3;\n    return b;", "read"),
            (f"{place} = a; {self.mark}\n    return b;", "write"),
            (f"{place} += a; {self.mark}\n    return b;", "read"),
            (f"{place} |= 4; {self.mark}\n    return b;", "read"),
        ])

    def case(self, function, run, **key):
        text = ("\n".join(self.types) + f"\n{function}\n"
                f"static long run_{self.name}(void)\n{{\n    {run}\n}}\n")
        return Case(self.name, text, **key)

    def reading(self, parameters, prologue, place, run, **key):
        """The usual function: its parameters, what comes first, then the use of `place`."""
        use, access = self.use(place)
        first = f"{prologue}\n    " if prologue else ""
        function = f"noipa long {self.name}({parameters})\n{{\n    {first}{use}\n}}\n"
        return self.case(function, run, access=access, **key)


def field_of_parameter(m):
    item = m.target()
    position = m.rng.randint(0, 2)
    parameters = ["long a", "long b"]
    parameters.insert(position, f"{item} *port")
    arguments = ["hide(5L)", "hide(9L)"]
    arguments.insert(position, f"hide(({item} *)0)")
    return m.reading(", ".join(parameters), "", f"port->{m.field}",
                     f"return {m.name}({', '.join(arguments)});", pointer=(NULL,),
                     field_offset=m.offset(item), variable=("port",), field=(m.field,))


def field_of_member(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *slave;")
    return m.reading(f"{owner} *bond, long a, long b", "", f"bond->slave->{m.field}",
                     f"static {owner} object; return {m.name}(hide(&object), hide(3L), hide(4L));",
                     pointer=(NULL,), field_offset=m.offset(item), variable=("bond->slave",),
                     field=(m.field,))


def chain(m):
    item = m.target()
    middle = m.struct("middle", f"{item} *route;")
    owner = m.struct("owner", f"{middle} *net;")
    early = m.rng.random() < 0.4
    bad, tag, field = (("sk->net", middle, "route") if early else
                       ("sk->net->route", item, m.field))
    use, access = m.use(f"sk->net->route->{m.field}")
    function = (f"noipa long {m.name}({owner} *sk, long a, long b)\n{{\n    {use}\n}}\n")
    links = "" if early else "object.net = hide(&inner); "
    return m.case(function, f"static {middle} inner; static {owner} object; (void)inner; {links}"
                  f"return {m.name}(hide(&object), hide(3L), hide(4L));", pointer=(NULL,),
                  field_offset=m.offset(tag, field), variable=(bad,), field=(field,),
                  access="read" if early else access)


def global_pointer(m):
    item = m.target()
    m.types.append(f"{item} *{m.name}_table;\n")
    return m.reading("long a, long b", "", f"{m.name}_table->{m.field}",
                     f"{m.name}_table = hide(({item} *)0); return {m.name}(hide(5L), hide(6L));",
                     pointer=(NULL,), field_offset=m.offset(item), variable=(f"{m.name}_table",),
                     field=(m.field,))


def local_of_member(m):
    item = m.target()
    owner = m.struct("owner", f"u32 ready; {item} *entry;")
    return m.reading(f"{owner} *table, long a, long b",
                     f"{item} *entry = table->entry;\n    if (table->ready < a)\n        return -1;",
                     f"entry->{m.field}",
                     f"static {owner} object; object.ready = 9; "
                     f"return {m.name}(hide(&object), hide(3L), hide(4L));",
                     pointer=(NULL,), field_offset=m.offset(item), variable=("entry", "table->entry"),
                     field=(m.field,))


def call_result(m):
    item = m.target()
    m.types.append(f"noipa {item} *{m.name}_find(long key)\n{{\n    return hide(({item} *)0) + "
                   "(key & 0);\n}\n")
    return m.reading("long a, long b", f"{item} *found = {m.name}_find(a);", f"found->{m.field}",
                     f"return {m.name}(hide(5L), hide(6L));", pointer=(NULL,),
                     field_offset=m.offset(item), variable=("found", f"{m.name}_find()"),
                     field=(m.field,))


def error_pointer(m):
    item = m.target()
    error = m.rng.choice(ERRNOS)
    base = f"-{error}LL"
    if m.rng.random() < 0.5:
        m.types.append(f"noipa {item} *{m.name}_get(long key)\n{{\n"
                       f"    return hide(({item} *)ERR_PTR({error})) + (key & 0);\n}}\n")
        return m.reading("long a, long b", f"{item} *ns = {m.name}_get(a);", f"ns->{m.field}",
                         f"return {m.name}(hide(5L), hide(6L));", pointer=(ERROR,), base=base,
                         error=error, field_offset=m.offset(item),
                         variable=("ns", f"{m.name}_get()"), field=(m.field,))
    owner = m.struct("owner", f"{item} *clk;")
    return m.reading(f"{owner} *dev, long a, long b", "", f"dev->clk->{m.field}",
                     f"static {owner} object; object.clk = ERR_PTR({error}); "
                     f"return {m.name}(hide(&object), hide(3L), hide(4L));", pointer=(ERROR,),
                     base=base, error=error, field_offset=m.offset(item), variable=("dev->clk",),
                     field=(m.field,))


def array_of_member(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *rx_hashtbl; u32 seed;")
    index = m.rng.randint(1, 60)
    parameter = m.rng.choice(["u32 hash", "u8 hash", "u64 hash", "s32 hash"])
    return m.reading(f"{owner} *bond_info, {parameter}, long a, long b", "",
                     f"bond_info->rx_hashtbl[hash].{m.field}",
                     f"static {owner} object; return {m.name}(hide(&object), hide({index}), "
                     "hide(3L), hide(4L));", pointer=(ARRAY,), index=str(index),
                     stride=f"sizeof({item})", field_offset=m.offset(item),
                     variable=("bond_info->rx_hashtbl",), field=(m.field,))


def hashed_index(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *buckets;")
    index = m.rng.randint(1, 31)
    return m.reading(f"{owner} *table, const u8 *packet, long a, long b",
                     f"u32 hash = (packet[1] ^ packet[2]) & 31;\n    {item} *head = "
                     "&table->buckets[hash];", f"head->{m.field}",
                     f"static u8 bytes[4]; static {owner} object; bytes[2] = {index ^ 5}; bytes[1] = 5; "
                     f"return {m.name}(hide(&object), hide(bytes), hide(3L), hide(4L));",
                     pointer=(ARRAY,), index=str(index), stride=f"sizeof({item})",
                     field_offset=m.offset(item), variable=("table->buckets",), field=(m.field,))


def array_parameter(m):
    item = m.target()
    index = m.rng.randint(1, 200)
    return m.reading(f"{item} *ring, u32 slot, long a, long b", "", f"ring[slot].{m.field}",
                     f"return {m.name}(hide(({item} *)0), hide({index}u), hide(3L), hide(4L));",
                     pointer=(ARRAY,), index=str(index), stride=f"sizeof({item})",
                     field_offset=m.offset(item), variable=("ring",), field=(m.field,))


def array_of_pointers(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *ports[24];")
    index = m.rng.randint(0, 23)
    return m.reading(f"{owner} *sw, u32 nr, long a, long b", "", f"sw->ports[nr]->{m.field}",
                     f"static {owner} object; return {m.name}(hide(&object), hide({index}u), "
                     "hide(3L), hide(4L));", pointer=(NULL,), field_offset=m.offset(item),
                     variable=("sw->ports[nr]", f"sw->ports[{index}]"), field=(m.field,))


def scalars(m):
    owner = m.struct("owner", f"{m.width} *{m.field};")
    index = m.rng.randint(1, 300)
    return m.reading(f"{owner} *map, u32 nr, long a, long b", "", f"map->{m.field}[nr]",
                     f"static {owner} object; return {m.name}(hide(&object), hide({index}u), "
                     "hide(3L), hide(4L));", pointer=(ARRAY,), index=str(index),
                     stride=f"sizeof({m.width})", field_offset="0", variable=(f"map->{m.field}",))


def negative_index(m):
    item = m.target()
    index = m.rng.randint(1, 6)
    return m.reading(f"{item} *last, long a, long b", "", f"last[-{index}].{m.field}",
                     f"return {m.name}(hide(({item} *)0), hide(3L), hide(4L));",
                     pointer=(NULL, ARRAY), field_offset=None, variable=("last",), field=(m.field,))


def list_delete(m):
    item = m.struct("item", "struct list_head link;")
    function = (f"static always_inline void {m.name}_del(struct list_head *entry)\n{{\n"
                "    struct list_head *next = entry->next, *prev = entry->prev;\n"
                f"    next->prev = prev; {m.mark}\n    prev->next = next;\n}}\n\n"
                f"noipa long {m.name}({item} *item, long a)\n{{\n    {m.name}_del(&item->link);\n"
                "    return a;\n}\n")
    return m.case(function, f"static {item} object; object.link.next = (void *)LIST_POISON1; "
                  "object.link.prev = (void *)LIST_POISON2; "
                  f"return {m.name}(hide(&object), hide(3L));", pointer=(LIST,),
                  base="(long long)LIST_POISON1", field_offset="__builtin_offsetof(struct list_head, prev)",
                  variable=("next", "entry->next", "item->link.next"), field=("prev",), access="write")


def list_walk(m):
    m.width = m.rng.choice(("u32", "u64"))
    item = m.struct("item", f"struct list_head link; {declare(m.width, m.field)}", before=0)
    function = (f"noipa long {m.name}(struct list_head *head, long a)\n{{\n"
                "    for (struct list_head *at = head->next; at != head; at = at->next) {\n"
                f"        if (container_of(at, {item}, link)->{m.field} == a) {m.mark}\n"
                "            return 1;\n    }\n    return 0;\n}\n")
    return m.case(function, f"static {item} first; static struct list_head head; "
                  "head.next = &first.link; first.link.next = (void *)LIST_POISON1; "
                  f"return {m.name}(hide(&head), hide(77L));", pointer=(LIST,),
                  base="(long long)LIST_POISON1",
                  field_offset=f"{m.offset(item)} - {m.offset(item, 'link')}",
                  variable=("at", "at->next"), field=(m.field,))


def poisoned(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *peer;")
    byte = m.rng.choice((0x6b, 0x6b, 0x5a))
    return m.reading(f"{owner} *sock, long a, long b", "", f"sock->peer->{m.field}",
                     f"static {owner} object; for (unsigned i = 0; i < sizeof object; ++i) "
                     f"((volatile u8 *)&object)[i] = {byte:#x}; "
                     f"return {m.name}(hide(&object), hide(3L), hide(4L));", pointer=(SLAB,),
                     base=f"(long long){int(f'{byte:02x}' * 8, 16):#x}ULL", field_offset=m.offset(item),
                     variable=("sock->peer",), field=(m.field,))


def trampled(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *req;")
    # Of all architectures: neither a user's nor the kernel's, and aligned.
    value = 0x0100_0000_0000_0000 | m.rng.randrange(1 << 55) | 1 << 54
    value = (value & ~0x7) | 1 << 50
    return m.reading(f"{owner} *queue, long a, long b", "", f"queue->req->{m.field}",
                     f"static {owner} object; object.req = (void *){value:#x}UL; "
                     f"return {m.name}(hide(&object), hide(3L), hide(4L));",
                     pointer=(WILD, "wild"), base=f"{value:#x}LL", field_offset=m.offset(item),
                     variable=("queue->req",), field=(m.field,))


def container(m):
    m.width = m.rng.choice(("u32", "u64", "s32"))
    before = m.rng.random() < 0.6
    member, node = declare(m.width, m.field), "struct list_head node;"
    item = m.struct("item", f"{member} {node}" if before else f"{node} {member}")
    return m.reading("struct list_head *head, long a, long b",
                     f"{item} *work = container_of(head->next, {item}, node);", f"work->{m.field}",
                     "static struct list_head head; "
                     f"return {m.name}(hide(&head), hide(3L), hide(4L));", pointer=(NULL,),
                     field_offset=f"{m.offset(item)} - {m.offset(item, 'node')}",
                     variable=("work", "head->next"), field=(m.field,))


def counted_loop(m):
    item = m.target()
    owner = m.struct("owner", f"u32 used; {item} *slots;")
    function = (f"noipa long {m.name}({owner} *ring)\n{{\n    long total = 0;\n"
                "    for (u32 i = 0; i < ring->used; ++i)\n"
                f"        total += ring->slots[i].{m.field}; {m.mark}\n    return total;\n}}\n")
    return m.case(function, f"static {owner} object; object.used = 5; return {m.name}(hide(&object));",
                  pointer=(NULL, ARRAY), index="0", stride=f"sizeof({item})",
                  field_offset=m.offset(item), variable=("ring->slots",), field=(m.field,))


def linked_loop(m):
    m.width = m.rng.choice(("u32", "u64"))
    item = m.struct("item", f"struct {m.name}_item *next; {declare(m.width, m.field)}")
    error = m.rng.choice(ERRNOS)
    function = (f"noipa long {m.name}({item} *at, long a)\n{{\n    long total = 0;\n"
                "    for (; at; at = at->next)\n"
                f"        total += at->{m.field} ^ a; {m.mark}\n    return total;\n}}\n")
    return m.case(function, f"static {item} first, second; first.next = &second; "
                  f"second.next = ERR_PTR({error}); return {m.name}(hide(&first), hide(77L));",
                  pointer=(ERROR,), base=f"-{error}LL", error=error, field_offset=None,
                  variable=("at", "at->next"), field=(m.field, "next"))


def inlined(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *neigh;")
    function = (f"static always_inline long {m.name}_read(const {item} *from)\n{{\n"
                f"    return from->{m.field}; {m.mark}\n}}\n\n"
                f"static always_inline long {m.name}_both(const {owner} *from, long a)\n{{\n"
                f"    return {m.name}_read(from->neigh) * 3 + a;\n}}\n\n"
                f"noipa long {m.name}({owner} *dst, long a)\n{{\n"
                f"    return a > 100 ? 0 : {m.name}_both(dst, a);\n}}\n")
    return m.case(function, f"static {owner} object; return {m.name}(hide(&object), hide(4L));",
                  pointer=(NULL,), field_offset=m.offset(item),
                  variable=("from", "from->neigh", "dst->neigh"), field=(m.field,))


def merge(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *rx; {item} *tx;")
    return m.reading(f"{owner} *dev, long a, long b",
                     f"{item} *ring = a & 1 ? dev->rx : dev->tx;", f"ring->{m.field}",
                     f"static {item} good; static {owner} object; object.tx = &good; "
                     f"return {m.name}(hide(&object), hide(3L), hide(4L));", pointer=(NULL,),
                     field_offset=m.offset(item), variable=("ring", "dev->rx"), field=(m.field,))


def spilled(m):
    item = m.target()
    owner = m.struct("owner", f"{item} *skb;")
    m.types.append(f"noipa long {m.name}_log(long value)\n{{\n    return hide(value) + 1;\n}}\n")
    return m.reading(f"{owner} *dev, long a, long b",
                     f"{item} *skb = dev->skb;\n    b += {m.name}_log(a) * {m.name}_log(b);",
                     f"skb->{m.field}",
                     f"static {owner} object; return {m.name}(hide(&object), hide(3L), hide(4L));",
                     pointer=(NULL,), field_offset=m.offset(item), variable=("skb", "dev->skb"),
                     field=(m.field,))


def nested(m):
    inner = f"union {{ struct {{ u16 port; {declare(m.width, m.field)} }} in; u64 whole[2]; }} u;"
    item = m.struct("item", inner)
    return m.reading(f"long a, {item} *addr, long b", "", f"addr->u.in.{m.field}",
                     f"return {m.name}(hide(3L), hide(({item} *)0), hide(4L));", pointer=(NULL,),
                     field_offset=m.offset(item, f"u.in.{m.field}"), variable=("addr",),
                     field=(f"u.in.{m.field}", m.field))


def array_inside(m):
    count = m.rng.randint(8, 40)
    item = m.struct("item", declare(f"{m.width} [{count}]", m.field))
    index = m.rng.randint(1, count - 1)
    return m.reading(f"{item} *port, u32 nr, long a, long b", "", f"port->{m.field}[nr]",
                     f"return {m.name}(hide(({item} *)0), hide({index}u), hide(3L), hide(4L));",
                     pointer=(ARRAY,), index=str(index), stride=f"sizeof({m.width})",
                     field_offset=m.offset(item), variable=("port",), field=(m.field, f"{m.field}[nr]",
                                                                            f"{m.field}[{index}]"))


def operations(m):
    ops = m.struct("ops", f"long (*{m.field})(void *, long);")
    owner = m.struct("owner", f"const {ops} *ops;")
    function = (f"noipa long {m.name}({owner} *file, long a)\n{{\n"
                f"    return file->ops->{m.field}(file, a) + 1; {m.mark}\n}}\n")
    return m.case(function, f"static {owner} object; return {m.name}(hide(&object), hide(4L));",
                  pointer=(NULL,), field_offset=m.offset(ops), variable=("file->ops",),
                  field=(m.field,))


def null_call(m):
    """Control goes where a NULL pointer says: there is no code at the fault."""
    owner = m.struct("owner", f"long (*{m.field})(void *, long);")
    function = (f"noipa long {m.name}({owner} *timer, long a)\n{{\n"
                f"    return timer->{m.field}(timer, a) + 1; {m.mark}\n}}\n")
    return m.case(function, f"static {owner} object; return {m.name}(hide(&object), hide(4L));",
                  pointer=(NULL,), access="execute")


def pointed(m):
    owner = m.struct("owner", f"{m.width} **{m.field};")
    function = (f"noipa long {m.name}({owner} *ctx, long a)\n{{\n"
                f"    return **ctx->{m.field} + a; {m.mark}\n}}\n")
    return m.case(function, f"static {m.width} *none; static {owner} object; object.{m.field} = "
                  f"hide(&none); return {m.name}(hide(&object), hide(4L));", pointer=(NULL,),
                  field_offset="0", variable=(f"*ctx->{m.field}",))


def counted_atomically(m):
    m.width = "u32"
    item = m.target()
    owner = m.struct("owner", f"{item} *kref;")
    function = (f"noipa long {m.name}({owner} *obj, u32 a)\n{{\n"
                f"    return __atomic_fetch_add(&obj->kref->{m.field}, a, __ATOMIC_RELAXED); {m.mark}\n"
                "}\n")
    return m.case(function, f"static {owner} object; return {m.name}(hide(&object), hide(1u));",
                  pointer=(NULL,), field_offset=m.offset(item), variable=("obj->kref",),
                  field=(m.field,), access="atomic")


def bits(m):
    item = m.struct("item", f"u32 up : 1; u32 {m.field} : 3; u32 down : 4;")
    function = (f"noipa long {m.name}({item} *link, long a)\n{{\n"
                f"    return link->{m.field} + a; {m.mark}\n}}\n")
    return m.case(function, f"return {m.name}(hide(({item} *)0), hide(4L));", pointer=(NULL,),
                  variable=("link",), field=(m.field,))


def far_field(m):
    item = m.struct("item", f"u8 buffer[{m.rng.randrange(4200, 40000, 8)}]; "
                            f"{declare(m.width, m.field)}")
    owner = m.struct("owner", f"{item} *cmd;")
    return m.reading(f"{owner} *host, long a, long b", "", f"host->cmd->{m.field}",
                     f"static {owner} object; return {m.name}(hide(&object), hide(3L), hide(4L));",
                     pointer=(NULL,), field_offset=m.offset(item), variable=("host->cmd",),
                     field=(m.field,))


def two_indices(m):
    count = m.rng.randint(3, 9)
    item = m.struct("item", declare(f"{m.width} [{count}]", m.field))
    index, inner = m.rng.randint(1, 40), m.rng.randint(1, count - 1)
    return m.reading(f"{item} *rows, u32 row, u32 column, long a, long b", "",
                     f"rows[row].{m.field}[column]",
                     f"return {m.name}(hide(({item} *)0), hide({index}u), hide({inner}u), hide(3L), "
                     "hide(4L));", pointer=(ARRAY,), variable=("rows",))


def same_line(m):
    """Two dereferences on the line that crashed: which one it was is to be proven."""
    m.width = m.rng.choice(("u32", "u64"))
    item = m.target()
    owner = m.struct("owner", f"{item} *first; {item} *second;")
    bad = m.rng.choice(("first", "second"))
    good = "second" if bad == "first" else "first"
    function = (f"noipa long {m.name}({owner} *pair)\n{{\n"
                f"    return pair->first->{m.field} * 3 + pair->second->{m.field}; {m.mark}\n}}\n")
    return m.case(function, f"static {item} there; static {owner} object; object.{good} = &there; "
                  f"return {m.name}(hide(&object));", pointer=(NULL,), field_offset=m.offset(item),
                  variable=(f"pair->{bad}",), field=(m.field,))


# Shape: how many functions of it.
SHAPES = {
    field_of_parameter: 6, field_of_member: 5, chain: 5, global_pointer: 3, local_of_member: 4,
    call_result: 4, error_pointer: 5, array_of_member: 8, hashed_index: 5, array_parameter: 5,
    array_of_pointers: 4, scalars: 5, negative_index: 2, list_delete: 2, list_walk: 2, poisoned: 4,
    trampled: 4, container: 4, counted_loop: 3, linked_loop: 3, inlined: 3, merge: 3, spilled: 3,
    nested: 3, array_inside: 4, operations: 2, null_call: 2, pointed: 2, counted_atomically: 2, bits: 2,
    far_field: 3, two_indices: 2, same_line: 3,
}


def cases(seed=1):
    for shape, count in SHAPES.items():
        for number in range(count):
            name = f"{shape.__name__}_{number}"
            yield shape(Maker(name, random.Random(f"{seed} {name}")))
