// Code as a kernel image has it, with the tables that speak of it: one of each kind. Each place that
// a table names is a label.
        .text
        .globl  probed
        .type   probed, @function
probed: endbr64
ftrace_site:
        call    traced
plain:  push    %rbx
jump_label:
        .byte   0x0f, 0x1f, 0x44, 0x00, 0x00
access: mov     (%rdi), %eax
alternative:
        .byte   0x0f, 0x1f, 0x00
        .byte   0x0f, 0x1f, 0x00
static_call:
        call    traced
warning:
        ud2
bug:    ud2
jump_target:
        pop     %rbx
        movq    $table, %rsi
        ret
fixup:  mov     $-14, %eax
        ret
        .size   probed, . - probed

        .globl  traced
        .type   traced, @function
traced: lock xaddl %eax, (%rdi)
        ret
        .size   traced, . - traced

        .type   hidden, @function
hidden: nop
        ret
        .size   hidden, . - hidden
        .type   hidden.cold, @function
hidden.cold:
        nop
        ret
        .size   hidden.cold, . - hidden.cold

        .section .init.text, "ax"
        .type   early, @function
early:  nop
        ret
        .size   early, . - early

        .section .noinstr.text, "ax"
        .type   quiet, @function
quiet:  nop
        ret
        .size   quiet, . - quiet

        .section .altinstr_replacement, "ax"
barrier:
        lfence
changing:
        mov     %rdi, %rax
changing_end:

        .section .altinstructions, "a"
        .long   alternative - ., barrier - .
        .word   1
        .byte   3, 3
        .long   alternative + 3 - ., changing - .
        .word   1
        .byte   3, 3

        .section __ex_table, "a"
        .long   access - ., fixup - ., 1

        .section __jump_table, "aw"
        .long   jump_label - ., jump_target - .
        .quad   0

        .section __bug_table, "aw"
        .long   warning - ., 0
        .word   1, 1
        .long   bug - ., 0
        .word   2, 0

        .section .static_call_sites, "aw"
        .long   static_call - ., 0

        .section __mcount_loc, "a"
        .quad   ftrace_site

        .section _kprobe_blacklist, "aw"
        .quad   hidden

        .data
table:  .quad   0

        .section .note.GNU-stack, "", @progbits
