#include "symbols/arch/names.h"

namespace knowhy::symbols {
namespace {

constexpr Name kX86[] = {
    {0, "rax"},  {1, "rdx"},   {2, "rcx"},     {3, "rbx"},     {4, "rsi"},      {5, "rdi"},
    {6, "rbp"},  {7, "rsp"},   {16, "rip"},    {49, "rflags"}, {50, "es"},      {51, "cs"},
    {52, "ss"},  {53, "ds"},   {54, "fs"},     {55, "gs"},     {58, "fs_base"}, {59, "gs_base"},
    {62, "tr"},  {63, "ldtr"}, {0, "eax"},     {0, "ax"},      {0, "al"},       {0, "ah"},
    {1, "edx"},  {1, "dx"},    {1, "dl"},      {1, "dh"},      {2, "ecx"},      {2, "cx"},
    {2, "cl"},   {2, "ch"},    {3, "ebx"},     {3, "bx"},      {3, "bl"},       {3, "bh"},
    {4, "esi"},  {4, "si"},    {4, "sil"},     {5, "edi"},     {5, "di"},       {5, "dil"},
    {6, "ebp"},  {6, "bp"},    {6, "bpl"},     {7, "esp"},     {7, "sp"},       {7, "spl"},
    {16, "eip"}, {16, "ip"},   {49, "eflags"},
};

constexpr NumberedNames kX86Groups[] = {
    {"r", 8, 15, 8, ""},     {"r", 8, 15, 8, "d"},    {"r", 8, 15, 8, "w"},
    {"r", 8, 15, 8, "b"},    {"r", 8, 15, 8, "l"},    {"xmm", 0, 15, 17, ""},
    {"st", 0, 7, 33, ""},    {"mm", 0, 7, 41, ""},    {"xmm", 16, 31, 67, ""},
    {"ymm", 0, 15, 17, ""},  {"ymm", 16, 31, 67, ""}, {"zmm", 0, 15, 17, ""},
    {"zmm", 16, 31, 67, ""}, {"k", 0, 7, 118, ""},
};

constexpr Name kI386[] = {
    {0, "eax"}, {1, "ecx"}, {2, "edx"},    {3, "ebx"}, {4, "esp"}, {5, "ebp"}, {6, "esi"},
    {7, "edi"}, {8, "eip"}, {9, "eflags"}, {0, "ax"},  {0, "al"},  {0, "ah"},  {1, "cx"},
    {1, "cl"},  {1, "ch"},  {2, "dx"},     {2, "dl"},  {2, "dh"},  {3, "bx"},  {3, "bl"},
    {3, "bh"},  {4, "sp"},  {5, "bp"},     {6, "si"},  {7, "di"},
};

constexpr NumberedNames kI386Groups[] = {
    {"st", 0, 7, 11, ""},
    {"xmm", 0, 7, 21, ""},
    {"mm", 0, 7, 29, ""},
};

constexpr Name kArm64[] = {
    {31, "sp"}, {32, "pc"}, {29, "x29"}, {30, "x30"}, {31, "wsp"}, {29, "fp"}, {30, "lr"},
};

constexpr NumberedNames kArm64Groups[] = {
    {"x", 0, 30, 0, ""},  {"v", 0, 31, 64, ""}, {"w", 0, 30, 0, ""},  {"q", 0, 31, 64, ""},
    {"d", 0, 31, 64, ""}, {"s", 0, 31, 64, ""}, {"h", 0, 31, 64, ""}, {"b", 0, 31, 64, ""},
};

constexpr Name kArm[] = {
    {11, "fp"}, {12, "ip"}, {13, "sp"}, {14, "lr"}, {15, "pc"},
};

constexpr NumberedNames kArmGroups[] = {
    {"r", 0, 15, 0, ""},
};

constexpr Name kMips[] = {
    {0, "zero"}, {1, "at"},  {2, "v0"},  {3, "v1"},  {4, "a0"},  {5, "a1"},  {6, "a2"},  {7, "a3"},
    {8, "t0"},   {9, "t1"},  {10, "t2"}, {11, "t3"}, {12, "t4"}, {13, "t5"}, {14, "t6"}, {15, "t7"},
    {16, "s0"},  {17, "s1"}, {18, "s2"}, {19, "s3"}, {20, "s4"}, {21, "s5"}, {22, "s6"}, {23, "s7"},
    {24, "t8"},  {25, "t9"}, {26, "k0"}, {27, "k1"}, {28, "gp"}, {29, "sp"}, {30, "s8"}, {31, "ra"},
    {64, "hi"},  {65, "lo"}, {66, "pc"}, {30, "fp"},
};

constexpr Name kMips64[] = {
    {0, "zero"}, {1, "at"},  {2, "v0"},  {3, "v1"},  {4, "a0"},  {5, "a1"},  {6, "a2"},  {7, "a3"},
    {8, "a4"},   {9, "a5"},  {10, "a6"}, {11, "a7"}, {12, "t0"}, {13, "t1"}, {14, "t2"}, {15, "t3"},
    {16, "s0"},  {17, "s1"}, {18, "s2"}, {19, "s3"}, {20, "s4"}, {21, "s5"}, {22, "s6"}, {23, "s7"},
    {24, "t8"},  {25, "t9"}, {26, "k0"}, {27, "k1"}, {28, "gp"}, {29, "sp"}, {30, "s8"}, {31, "ra"},
    {64, "hi"},  {65, "lo"}, {66, "pc"}, {30, "fp"},
};

constexpr NumberedNames kMipsGroups[] = {
    {"f", 0, 31, 32, ""},
    {"", 0, 31, 0, ""},
    {"r", 0, 31, 0, ""},
};

constexpr Name kRiscv[] = {
    {0, "zero"},  {1, "ra"},   {2, "sp"},    {3, "gp"},    {4, "tp"},   {5, "t0"},   {6, "t1"},
    {7, "t2"},    {8, "s0"},   {9, "s1"},    {10, "a0"},   {11, "a1"},  {12, "a2"},  {13, "a3"},
    {14, "a4"},   {15, "a5"},  {16, "a6"},   {17, "a7"},   {18, "s2"},  {19, "s3"},  {20, "s4"},
    {21, "s5"},   {22, "s6"},  {23, "s7"},   {24, "s8"},   {25, "s9"},  {26, "s10"}, {27, "s11"},
    {28, "t3"},   {29, "t4"},  {30, "t5"},   {31, "t6"},   {32, "ft0"}, {33, "ft1"}, {34, "ft2"},
    {35, "ft3"},  {36, "ft4"}, {37, "ft5"},  {38, "ft6"},  {39, "ft7"}, {40, "fs0"}, {41, "fs1"},
    {42, "fa0"},  {43, "fa1"}, {44, "fa2"},  {45, "fa3"},  {46, "fa4"}, {47, "fa5"}, {48, "fa6"},
    {49, "fa7"},  {50, "fs2"}, {51, "fs3"},  {52, "fs4"},  {53, "fs5"}, {54, "fs6"}, {55, "fs7"},
    {56, "fs8"},  {57, "fs9"}, {58, "fs10"}, {59, "fs11"}, {60, "ft8"}, {61, "ft9"}, {62, "ft10"},
    {63, "ft11"}, {8, "fp"},
};

constexpr NumberedNames kRiscvGroups[] = {
    {"v", 0, 31, 96, ""},
    {"x", 0, 31, 0, ""},
    {"f", 0, 31, 32, ""},
};

constexpr Name kPpc64[] = {
    {65, "lr"},
    {66, "ctr"},
    {76, "xer"},
};

constexpr NumberedNames kPpc64Groups[] = {
    {"r", 0, 31, 0, ""},
    {"f", 0, 31, 32, ""},
    {"cr", 0, 7, 68, ""},
};

constexpr Name kS390x[] = {
    {64, "pswm"},
    {65, "pswa"},
};

constexpr NumberedNames kS390xGroups[] = {
    {"r", 0, 15, 0, ""},
};

}  // namespace

RegisterNames names_of(Arch arch) {
    switch (arch) {
        case Arch::X86_64:
            return {kX86, kX86Groups};
        case Arch::I386:
            return {kI386, kI386Groups};
        case Arch::Arm64:
            return {kArm64, kArm64Groups};
        case Arch::Arm:
            return {kArm, kArmGroups};
        case Arch::Mips:
            return {kMips, kMipsGroups};
        case Arch::Mips64:
            return {kMips64, kMipsGroups};
        case Arch::Riscv64:
            return {kRiscv, kRiscvGroups};
        case Arch::Ppc64:
            return {kPpc64, kPpc64Groups};
        case Arch::S390x:
            return {kS390x, kS390xGroups};
    }
    return {};
}

}  // namespace knowhy::symbols
