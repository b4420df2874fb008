// What generated crashing functions are made of. Those functions are compiled as a kernel compiles
// its own, the program around them as any program; this is what the two share.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

struct list_head {
    struct list_head *next, *prev;
};

struct crash_case {
    const char* name;
    long (*run)(void);
    // The answer's numbers, as the compiler knows them.
    long long base, index, stride, field_offset;
};

extern const struct crash_case crash_cases[];  // ends with a case without a name

#if defined(__mips__)  // no addresses that are never mapped are set apart there
#define LIST_POISON1 0x100ULL
#define LIST_POISON2 0x122ULL
#else
#define LIST_POISON1 0xdead000000000100ULL
#define LIST_POISON2 0xdead000000000122ULL
#endif
#define ERR_PTR(error) ((void*)(long)-(error))
#define container_of(pointer, type, member) \
    ((type*)((char*)(pointer) - __builtin_offsetof(type, member)))
// Nothing of the caller is known in the function, and nothing of it outside.
#define noipa __attribute__((noipa))
#define always_inline inline __attribute__((always_inline))
// The value, of which the compiler then knows nothing.
#define hide(value)                                \
    ({                                             \
        __typeof__((value) + 0) hidden_ = (value); \
        __asm__ volatile("" : "+r"(hidden_));      \
        hidden_;                                   \
    })
