/* Compiled with -O2 -g for the tests of symbols/dwarf, which look for what is named here. */

struct flexible {
    unsigned low : 3;
    unsigned high : 13;
    union {
        int whole;
        short half[2];
    };
    struct flexible *next;
    unsigned char data[];
};

enum colour { RED = -1, GREEN = 5 };
typedef unsigned int word;
typedef word number;

struct node {
    struct node *next;
};

struct holder {
    long key;
    struct node link;
};

volatile long sink;
enum colour favourite = GREEN;
number matrix[2][3];
int (*handler)(struct node *, number);

__attribute__((noinline)) int leaf(int first, int second)
{
    sink = first;
    return second;
}

static inline __attribute__((always_inline)) int inner(int factor, struct flexible *where)
{
    int product = factor * where->whole;

    sink = product;
    return product + 1;
}

int outer(int count, struct flexible *where)
{
    int result = inner(count, where);

    result += leaf(7, count);
    return result + inner(3, where->next);
}

/* `held` is never in a register: it is `link` minus a constant. */
long key_of(struct node *link)
{
    struct holder *held = (struct holder *)((char *)link - sizeof(long));

    sink = (long)link;
    return held->key;
}

/* Behind the call `gone` is nowhere but in what the caller had passed. */
int forgets(int gone)
{
    leaf(gone, 2);
    sink = 1;
    return 0;
}

/* `kept` lives in memory, as its address is taken. */
int remembers(int start)
{
    int kept[4] = {start, 1, 2, 3};

    sink = (long)kept;
    leaf(1, 2);
    return kept[1];
}

/* `total` is described where tally() is, not where it is inlined. */
static inline __attribute__((always_inline)) void tally(int by)
{
    static int total;

    total += by;
    sink = total;
}

int tallies(int number)
{
    tally(number);
    return number;
}
