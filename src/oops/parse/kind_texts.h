// For tests: a report of each kind, in the kernel's words.
//
// Long because: it is texts.
#pragma once

namespace knowhy::oops {

constexpr const char* kKasan =
    R"(==================================================================
BUG: KASAN: slab-use-after-free in reader+0x3a/0x80 [victim]
Read of size 8 at addr ffff888004a3c010 by task test/321

CPU: 0 PID: 321 Comm: test Tainted: G           O       6.6.0 #1
Hardware name: QEMU Standard PC (Q35 + ICH9, 2009)
Call Trace:
 <TASK>
 dump_stack_lvl+0x68/0xa0
 print_report+0xcf/0x620
 kasan_report+0xb5/0xe0
 reader+0x3a/0x80 [victim]
 ksys_read+0xf1/0x1d0
 do_syscall_64+0x3c/0x90
 entry_SYSCALL_64_after_hwframe+0x6e/0xd8
RIP: 0033:0x7f5d3c3b2190
Code: 40 00 48 8b 15 71 9c 0d 00 f7 d8 64 89 02 48 c7 c0 ff ff ff ff <48> 3d 00 f0 ff ff
RSP: 002b:00007ffd1b7a5a58 EFLAGS: 00000246 ORIG_RAX: 0000000000000000
RAX: ffffffffffffffda RBX: 0000000000000002 RCX: 00007f5d3c3b2190
 </TASK>

Allocated by task 320:
 kasan_save_stack+0x33/0x60
 __kasan_kmalloc+0x8f/0xa0
 maker+0x22/0x50 [victim]

Freed by task 322:
 kasan_save_stack+0x33/0x60
 kfree+0x78/0x120
 freer+0x1d/0x30 [victim]

Last potentially related work creation:
 kasan_save_stack+0x33/0x60
 insert_work+0x32/0x1d0

The buggy address belongs to the object at ffff888004a3c000
 which belongs to the cache kmalloc-64 of size 64
The buggy address is located 16 bytes inside of
 freed 64-byte region [ffff888004a3c000, ffff888004a3c040)

The buggy address belongs to the physical page:
page:ffffea0000128f00 refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x4a3c
flags: 0x100000000000200(slab|node=0|zone=1)
raw: 0100000000000200 ffff888001041640 dead000000000122 0000000000000000
page dumped because: kasan: bad access detected

Memory state around the buggy address:
 ffff888004a3bf00: fc fc fc fc fc fc fc fc fc fc fc fc fc fc fc fc
>ffff888004a3c000: fa fb fb fb fb fb fb fb fc fc fc fc fc fc fc fc
                         ^
==================================================================
Disabling lock debugging due to kernel taint
)";

constexpr const char* kWarn =
    R"([  100.000001] ------------[ cut here ]------------
[  100.000002] NETDEV WATCHDOG: eth0 (e1000): transmit queue 0 timed out
[  100.000003] WARNING: CPU: 0 PID: 0 at net/sched/sch_generic.c:525 dev_watchdog+0x207/0x210
[  100.000004] Modules linked in: e1000
[  100.000005] CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-56-amd64 #1  Debian 6.1.192-2
[  100.000006] RIP: 0010:dev_watchdog+0x207/0x210
[  100.000007] Code: 00 e9 40 ff ff ff 48 89 df c6 05 <0f> 0b e9 22 ff
[  100.000008] RSP: 0018:ffffc90000003e70 EFLAGS: 00010282
[  100.000009] RAX: 0000000000000000 RBX: ffff888003e20000 RCX: 0000000000000027
[  100.000010] Call Trace:
[  100.000011]  <IRQ>
[  100.000012]  call_timer_fn+0x27/0x130
[  100.000013]  __do_softirq+0xd4/0x2c0
[  100.000014]  irq_exit_rcu+0x85/0xb0
[  100.000015]  </IRQ>
[  100.000016]  <TASK>
[  100.000017]  asm_sysvec_apic_timer_interrupt+0x16/0x20
[  100.000018]  </TASK>
[  100.000019] ---[ end trace 0000000000000000 ]---
)";

constexpr const char* kWarnOld =
    R"(------------[ cut here ]------------
WARNING: at net/sched/sch_generic.c:261 dev_watchdog+0x25b/0x270() (Not tainted)
Hardware name: ProLiant DL380 G6
NETDEV WATCHDOG: eth0 (e1000): transmit queue 0 timed out
Modules linked in: e1000 bonding
Pid: 0, comm: swapper Not tainted 2.6.32-431.el6.x86_64 #1
Call Trace:
 <IRQ>  [<ffffffff81071e27>] ? warn_slowpath_common+0x87/0xc0
 [<ffffffff81071f16>] ? warn_slowpath_fmt+0x46/0x50
 [<ffffffff8147f83b>] ? dev_watchdog+0x25b/0x270
 <EOI>  [<ffffffff812e09ae>] ? intel_idle+0xde/0x170
---[ end trace 6b1d1b2b3c4d5e6f ]---
)";

constexpr const char* kWarnNew =
    R"([   77.1] x
------------[ cut here ]------------
WARNING: drivers/gpu/drm/drm_thing.c:44 at drm_do_thing+0x1a/0x90 [drm], CPU#3: kworker/3:1/88
Modules linked in: drm
CPU: 3 UID: 0 PID: 88 Comm: kworker/3:1 Not tainted 6.18.0 #1 PREEMPT(voluntary)
Call Trace:
 <TASK>
 drm_next+0x1/0x2 [drm]
 </TASK>
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kRefcount = R"(------------[ cut here ]------------
refcount_t: underflow; use-after-free.
WARNING: CPU: 1 PID: 9 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
Modules linked in:
CPU: 1 PID: 9 Comm: test Not tainted 6.1.0 #1
RIP: 0010:refcount_warn_saturate+0xba/0x110
Code: 0f 0b c3 <0f> 0b c3 cc
RSP: 0018:ffffc90000003e70 EFLAGS: 00010282
RAX: 0000000000000000 RBX: ffff888003e20000 RCX: 0000000000000027
Call Trace:
 <TASK>
 sock_put+0x44/0x60
 inet_release+0x4f/0x80
 </TASK>
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kBug = R"([    3.000001] ------------[ cut here ]------------
[    3.000002] kernel BUG at drivers/misc/crasher.c:17!
[    3.000003] invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
[    3.000004] CPU: 0 PID: 123 Comm: sh Tainted: G           O       6.1.0 #1
[    3.000005] RIP: 0010:make_bug+0x5/0x10 [crasher]
[    3.000006] Code: 0f 1f 44 00 00 <0f> 0b 66 0f
[    3.000007] RSP: 0018:ffffc90000123e10 EFLAGS: 00010246
[    3.000008] RAX: 0000000000000000 RBX: ffff888004a3c000 RCX: 0000000000000000
[    3.000009] Call Trace:
[    3.000010]  <TASK>
[    3.000011]  ksys_write+0x6b/0xf0
[    3.000012]  </TASK>
[    3.000013] ---[ end trace 0000000000000000 ]---
)";

constexpr const char* kListBug =
    R"(list_del corruption. prev->next should be ffff888004a3c010, but was dead000000000100. (prev=ffff888004a3c110)
------------[ cut here ]------------
kernel BUG at lib/list_debug.c:59!
invalid opcode: 0000 [#1] PREEMPT SMP
CPU: 0 PID: 123 Comm: sh Not tainted 6.1.0 #1
RIP: 0010:__list_del_entry_valid.cold+0x1d/0x69
Code: 0f 1f 44 00 00 <0f> 0b 66 0f
RSP: 0018:ffffc90000123e10 EFLAGS: 00010246
RAX: 0000000000000054 RBX: ffff888004a3c000 RCX: 0000000000000000
Call Trace:
 <TASK>
 take_off+0x22/0x60 [crasher]
 </TASK>
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kDivide = R"(divide error: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 123 Comm: sh Tainted: G           O       6.1.0 #1
RIP: 0010:div_store+0x19/0x30 [crasher]
Code: 0f 1f 44 00 00 31 d2 <f7> f1 c3
RSP: 0018:ffffc90000123e10 EFLAGS: 00010246
RAX: 000000000000002a RBX: ffff888004a3c000 RCX: 0000000000000000
Call Trace:
 <TASK>
 ksys_write+0x6b/0xf0
 </TASK>
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kStackGuard =
    R"(BUG: TASK stack guard page was hit at 000000002c1f1a2b (stack is 00000000deadbeef..00000000cafebabe)
stack guard page: 0000 [#1] PREEMPT SMP NOPTI
CPU: 0 PID: 123 Comm: sh Tainted: G           O       6.1.0 #1
RIP: 0010:recurse+0x9/0x40 [crasher]
Code: 48 81 ec 00 02 00 00 <48> 89 3c 24
RSP: 0018:ffffc90000120000 EFLAGS: 00010246
RAX: 000000000000002a RBX: ffff888004a3c000 RCX: 0000000000000000
Call Trace:
 <TASK>
 recurse+0x1c/0x40 [crasher]
 recurse+0x1c/0x40 [crasher]
 </TASK>
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kArm64Stack =
    R"([   12.000001] Insufficient stack space to handle exception!
[   12.000002] ESR: 0x0000000096000047 -- DABT (current EL)
[   12.000003] FAR: 0xffff80000a2bfff0
[   12.000004] Task stack:     [0xffff80000a2c0000..0xffff80000a2c4000]
[   12.000005] IRQ stack:      [0xffff800008000000..0xffff800008004000]
[   12.000006] Overflow stack: [0xffff00003fdb02c0..0xffff00003fdb12c0]
[   12.000007] CPU: 0 PID: 99 Comm: sh Tainted: G           OE      6.1.0-56-arm64 #1  Debian 6.1.192-2
[   12.000008] Hardware name: linux,dummy-virt (DT)
[   12.000009] pstate: 60000005 (nZCv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)
[   12.000010] pc : recurse+0x4/0x60 [crasher]
[   12.000011] lr : recurse+0x34/0x60 [crasher]
[   12.000012] sp : ffff80000a2c0010
[   12.000013] x29: ffff80000a2c0210 x28: ffff000004a30000 x27: 0000000000000000
[   12.000014] Kernel panic - not syncing: kernel stack overflow
[   12.000015] CPU: 0 PID: 99 Comm: sh Tainted: G           OE      6.1.0-56-arm64 #1  Debian 6.1.192-2
[   12.000016] Call trace:
[   12.000017]  dump_backtrace+0xe4/0x140
[   12.000018]  panic+0x18c/0x3bc
[   12.000019]  recurse+0x4/0x60 [crasher]
[   12.000020]  recurse+0x34/0x60 [crasher]
[   12.000021] ---[ end Kernel panic - not syncing: kernel stack overflow ]---
)";

constexpr const char* kStackProtector =
    R"(Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: smash+0x55/0x60 [crasher]
CPU: 0 PID: 123 Comm: sh Not tainted 6.1.0 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 panic+0x118/0x2ed
 __stack_chk_fail+0x10/0x10
 smash+0x55/0x60 [crasher]
 </TASK>
)";

constexpr const char* kKfence =
    R"(==================================================================
BUG: KFENCE: use-after-free read in test_read+0x2b/0x60 [crasher]

Use-after-free read at 0x00000000a1b2c3d4 (in kfence-#42):
 test_read+0x2b/0x60 [crasher]
 ksys_write+0x6b/0xf0

kfence-#42: 0x00000000a1b2c3d4-0x00000000a1b2c3f3, size=32, cache=kmalloc-32

allocated by task 123 on cpu 0 at 12.345678s:
 maker+0x22/0x50 [crasher]

freed by task 123 on cpu 0 at 12.345700s:
 freer+0x1d/0x30 [crasher]

CPU: 0 PID: 123 Comm: sh Not tainted 6.1.0 #1
==================================================================
)";

constexpr const char* kKmsan =
    R"(=====================================================
BUG: KMSAN: uninit-value in use_it+0x3c/0x90 net/core/thing.c:77
 use_it+0x3c/0x90 net/core/thing.c:77
 __sock_sendmsg+0x1/0x2 net/socket.c:730

Uninit was created at:
 slab_post_alloc_hook+0x12f/0xb70 mm/slab.h:767
 maker+0x22/0x50 net/core/thing.c:20

Bytes 0-3 of 4 are uninitialized
Memory access of size 4 starts at ffff888004a3c010

CPU: 0 PID: 5001 Comm: test Not tainted 6.6.0 #1
=====================================================
)";

constexpr const char* kKcsan =
    R"(==================================================================
BUG: KCSAN: data-race in writer / reader

write to 0xffffffff8a1b2c30 of 4 bytes by task 100 on cpu 0:
 writer+0x2b/0x60
 kthread+0x1a/0x20

read to 0xffffffff8a1b2c30 of 4 bytes by task 101 on cpu 1:
 reader+0x1b/0x40
 kthread+0x1a/0x20

value changed: 0x00000001 -> 0x00000002

Reported by Kernel Concurrency Sanitizer on:
CPU: 1 PID: 101 Comm: reader Not tainted 6.6.0 #1
==================================================================
)";

constexpr const char* kUbsan =
    R"(================================================================================
UBSAN: array-index-out-of-bounds in drivers/misc/crasher.c:88:9
index 8 is out of range for type 'int [8]'
CPU: 0 PID: 123 Comm: sh Not tainted 6.1.0 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 ubsan_epilogue+0x5/0x30
 __ubsan_handle_out_of_bounds.cold+0x43/0x48
 pick+0x2b/0x40 [crasher]
 </TASK>
================================================================================
)";

constexpr const char* kLockdep =
    R"(======================================================
WARNING: possible circular locking dependency detected
6.1.0 #1 Not tainted
------------------------------------------------------
test/123 is trying to acquire lock:
ffffffffc0001120 (lock_b){+.+.}-{3:3}, at: take_b+0x2a/0x50 [crasher]

but task is already holding lock:
ffffffffc0001080 (lock_a){+.+.}-{3:3}, at: take_b+0x1a/0x50 [crasher]

which lock already depends on the new lock.


the existing dependency chain (in reverse order) is:

-> #1 (lock_a){+.+.}-{3:3}:
       __mutex_lock+0x8c/0x9a0
       take_a+0x2a/0x50 [crasher]

-> #0 (lock_b){+.+.}-{3:3}:
       __lock_acquire+0x1234/0x2000
       lock_acquire+0xcc/0x2d0

other info that might help us debug this:

 Possible unsafe locking scenario:

       CPU0                    CPU1
       ----                    ----
  lock(lock_a);
                               lock(lock_b);
                               lock(lock_a);
  lock(lock_b);

 *** DEADLOCK ***

1 lock held by test/123:
 #0: ffffffffc0001080 (lock_a){+.+.}-{3:3}, at: take_b+0x1a/0x50 [crasher]

stack backtrace:
CPU: 0 PID: 123 Comm: test Not tainted 6.1.0 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 check_noncircular+0xfe/0x110
 __lock_acquire+0x1234/0x2000
 lock_acquire+0xcc/0x2d0
 take_b+0x2a/0x50 [crasher]
 </TASK>
)";

constexpr const char* kRcuStall =
    R"([   60.000001] rcu: INFO: rcu_preempt self-detected stall on CPU
[   60.000002] rcu: 	1-....: (5249 ticks this GP) idle=bca4/1/0x4000000000000000 softirq=301/301 fqs=2624
[   60.000003] 	(t=5250 jiffies g=-327 q=7 ncpus=2)
[   60.000004] NMI backtrace for cpu 1
[   60.000005] CPU: 1 PID: 77 Comm: spinner Tainted: G           O       6.1.0 #1
[   60.000006] RIP: 0010:spin_for_ever+0x5/0x10 [crasher]
[   60.000007] Code: 0f 1f 44 00 00 <eb> fe 66 90
[   60.000008] RSP: 0018:ffffc90000123e10 EFLAGS: 00000246
[   60.000009] RAX: 0000000000000000 RBX: ffff888004a3c000 RCX: 0000000000000000
[   60.000010] Call Trace:
[   60.000011]  <TASK>
[   60.000012]  kthread+0xe6/0x110
[   60.000013]  ret_from_fork+0x1f/0x30
[   60.000014]  </TASK>
)";

constexpr const char* kSoftLockup =
    R"(Message from syslogd@host at Nov 21 22:18:23 ...
Nov 21 22:18:23 host kernel: [  128.000001] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [spinner:77]
Nov 21 22:18:23 host kernel: [  128.000002] Modules linked in: crasher(O)
Nov 21 22:18:23 host kernel: [  128.000003] CPU: 1 PID: 77 Comm: spinner Tainted: G           O       6.1.0 #1
Nov 21 22:18:23 host kernel: [  128.000004] RIP: 0010:spin_for_ever+0x5/0x10 [crasher]
Nov 21 22:18:23 host kernel: [  128.000005] Code: 0f 1f 44 00 00 <eb> fe 66 90
Nov 21 22:18:23 host kernel: [  128.000006] RSP: 0018:ffffc90000123e10 EFLAGS: 00000246
Nov 21 22:18:23 host kernel: [  128.000007] RAX: 0000000000000000 RBX: ffff888004a3c000 RCX: 0000000000000000
Nov 21 22:18:23 host kernel: [  128.000008] Call Trace:
Nov 21 22:18:23 host kernel: [  128.000009]  <TASK>
Nov 21 22:18:23 host kernel: [  128.000010]  kthread+0xe6/0x110
Nov 21 22:18:23 host kernel: [  128.000011]  </TASK>
)";

constexpr const char* kHung =
    R"([  242.000001] INFO: task waiter:42 blocked for more than 120 seconds.
[  242.000002]       Tainted: G           O       6.1.0-56-amd64 #1 Debian 6.1.192-2
[  242.000003] "echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
[  242.000004] task:waiter          state:D stack:0     pid:42    ppid:2      flags:0x00004000
[  242.000005] Call Trace:
[  242.000006]  <TASK>
[  242.000007]  __schedule+0x34d/0x9e0
[  242.000008]  schedule+0x5a/0xd0
[  242.000009]  wait_for_godot+0x33/0x60 [crasher]
[  242.000010]  kthread+0xe6/0x110
[  242.000011]  entry_SYSCALL_64_after_hwframe+0x64/0xce
[  242.000012] RIP: 0033:0x7f5d3c3b2190
[  242.000013] RSP: 002b:00007ffd1b7a5a58 EFLAGS: 00000246 ORIG_RAX: 0000000000000000
[  242.000014] RAX: ffffffffffffffda RBX: 0000000000000002 RCX: 00007f5d3c3b2190
[  242.000015]  </TASK>
)";

constexpr const char* kAtomic =
    R"(BUG: scheduling while atomic: insmod/77/0x00000002
Modules linked in: crasher(O+)
CPU: 1 PID: 77 Comm: insmod Tainted: G           O       6.1.0 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 __schedule_bug.cold+0x46/0x57
 __schedule+0x7f1/0x9e0
 schedule+0x5a/0xd0
 msleep+0x29/0x30
 nap+0x15/0x20 [crasher]
 </TASK>
)";

constexpr const char* kSleeping =
    R"(BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580
in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 77, name: insmod
preempt_count: 1, expected: 0
CPU: 1 PID: 77 Comm: insmod Tainted: G           O       6.1.0 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 __might_resched.cold+0xfd/0x10a
 mutex_lock+0x1a/0x40
 nap+0x15/0x20 [crasher]
 </TASK>
)";

constexpr const char* kPanic =
    R"([    2.000001] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(8,1)
[    2.000002] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-56-amd64 #1  Debian 6.1.192-2
[    2.000003] Call Trace:
[    2.000004]  <TASK>
[    2.000005]  dump_stack_lvl+0x44/0x5c
[    2.000006]  panic+0x118/0x2ed
[    2.000007]  mount_block_root+0x1d2/0x1e6
[    2.000008]  </TASK>
[    2.000009] Kernel Offset: 0x1c000000 from 0xffffffff81000000 (relocation range: 0xffffffff80000000-0xffffffffbfffffff)
[    2.000010] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(8,1) ]---
)";

constexpr const char* kOom =
    R"(cat invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0
CPU: 0 PID: 500 Comm: cat Not tainted 6.1.0 #1
Call Trace:
 <TASK>
 dump_stack_lvl+0x44/0x5c
 dump_header+0x4a/0x1ff
 oom_kill_process.cold+0xb/0x10
 </TASK>
Mem-Info:
active_anon:58 inactive_anon:10000 isolated_anon:0
Out of memory: Killed process 500 (cat) total-vm:2000kB, anon-rss:1000kB, file-rss:0kB
)";

}  // namespace knowhy::oops
