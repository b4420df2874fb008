// For tests: one fault of an invented module on each architecture, in the words and the layout of
// its kernel.
#pragma once

namespace knowhy::oops {

constexpr const char* kX86Null =
    R"([   12.345678] BUG: kernel NULL pointer dereference, address: 0000000000000018
[   12.345690] #PF: supervisor write access in kernel mode
[   12.345701] #PF: error_code(0x0002) - not-present page
[   12.345712] PGD 0 P4D 0 
[   12.345720] Oops: 0002 [#1] PREEMPT SMP NOPTI
[   12.345731] CPU: 1 PID: 123 Comm: sh Tainted: G           OE      6.1.0-56-amd64 #1  Debian 6.1.192-2
[   12.345742] Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2 04/01/2014
[   12.345753] RIP: 0010:crash_store+0x28/0x60 [crasher]
[   12.345764] Code: 0f 1f 44 00 00 55 48 89 e5 53 48 89 fb 48 8b 05 00 00 00 00 48 85 c0 74 10 48 8b 40 08 48 89 c7 e8 00 00 00 00 48 8b 45 f8 c0 <89> 50 18 5b 5d c3 cc cc cc cc 66 0f 1f 44 00 00 48 89 f0 c3 90 90 90 90 90
[   12.345775] RSP: 0018:ffffc90000123e10 EFLAGS: 00010246
[   12.345786] RAX: 0000000000000000 RBX: ffff888004a3c000 RCX: 0000000000000000
[   12.345797] RDX: 0000000000000007 RSI: ffff888004b12000 RDI: ffff888004a3c000
[   12.345808] RBP: ffffc90000123e18 R08: 0000000000000008 R09: 0000000000000000
[   12.345819] R10: 0000000000000001 R11: 0000000000000000 R12: 0000000000000002
[   12.345830] R13: ffffc90000123ef0 R14: ffff888004b12000 R15: ffff888004c55180
[   12.345841] FS:  00007f5d3c2b1740(0000) GS:ffff88807dc00000(0000) knlGS:0000000000000000
[   12.345852] CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033
[   12.345863] CR2: 0000000000000018 CR3: 0000000004b6a000 CR4: 00000000000006f0
[   12.345874] Call Trace:
[   12.345885]  <TASK>
[   12.345896]  kernfs_fop_write_iter+0x11a/0x1f0
[   12.345907]  ? vfs_write+0x236/0x3e0
[   12.345918]  ksys_write+0x6b/0xf0
[   12.345929]  do_syscall_64+0x59/0xb0
[   12.345940]  entry_SYSCALL_64_after_hwframe+0x64/0xce
[   12.345951] RIP: 0033:0x7f5d3c3b2190
[   12.345962] Code: 40 00 48 8b 15 71 9c 0d 00 f7 d8 64 89 02 48 c7 c0 ff ff ff ff eb b7 0f 1f 00 80 3d 51 24 0e 00 00 74 17 b8 01 00 00 00 0f 05 <48> 3d 00 f0 ff ff 77 58 c3 0f 1f 80 00 00 00 00 48 83 ec 28 48 89
[   12.345973] RSP: 002b:00007ffd1b7a5a58 EFLAGS: 00000202 ORIG_RAX: 0000000000000001
[   12.345984] RAX: ffffffffffffffda RBX: 0000000000000002 RCX: 00007f5d3c3b2190
[   12.345995]  </TASK>
[   12.346006] Modules linked in: crasher(OE) virtio_net net_failover failover
[   12.346017] CR2: 0000000000000018
[   12.346028] ---[ end trace 0000000000000000 ]---
[   12.346039] RIP: 0010:crash_store+0x28/0x60 [crasher]
[   12.346050] RSP: 0018:ffffc90000123e10 EFLAGS: 00010246
[   12.346061] RAX: 0000000000000000 RBX: ffff888004a3c000 RCX: 0000000000000000
[   13.000000] e1000: eth0 NIC Link is Up 1000 Mbps Full Duplex
)";

constexpr const char* kX86Gpf =
    R"(general protection fault, probably for non-canonical address 0xdffffc0000000003: 0000 [#1] PREEMPT SMP KASAN
KASAN: null-ptr-deref in range [0x0000000000000018-0x000000000000001f]
CPU: 0 PID: 5123 Comm: test-executor Not tainted 6.4.0-rc3 #1
Hardware name: Google Compute Engine/Google Compute Engine, BIOS Google 04/28/2023
RIP: 0010:inet_release+0x4f/0x1e0 net/ipv4/af_inet.c:421
Code: 48 c1 ea 03 80 3c 02 00 0f 85 6a 01 00 00 48 b8 00 00 00 00 00 fc ff df 4c 8b 65 18 49 8d 7c 24 18 48 89 fa 48 c1 ea 03 <80> 3c 02 00 0f 85 37 01 00 00
RSP: 0018:ffffc90003a5fc60 EFLAGS: 00010206
RAX: dffffc0000000000 RBX: ffff888021d5c000 RCX: 0000000000000000
RDX: 0000000000000003 RSI: ffffffff88a3b8d6 RDI: 0000000000000018
Call Trace:
 <TASK>
 __sock_release+0xcd/0x280 net/socket.c:653
 sock_close+0x1c/0x20 net/socket.c:1397
 </TASK>
Modules linked in:
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception
Kernel Offset: disabled
Rebooting in 86400 seconds..
)";

constexpr const char* kX86Old =
    R"(BUG: unable to handle kernel NULL pointer dereference at 0000000000000010
IP: [<ffffffffa0123456>] old_fault+0x16/0x40 [oldmod]
PGD 3b9a0067 PUD 3b9a1067 PMD 0 
Oops: 0000 [#1] SMP 
last sysfs file: /sys/devices/virtual/block/dm-0/range
CPU 3 
Modules linked in: oldmod(U) nfs lockd [last unloaded: scsi_wait_scan]
Pid: 1234, comm: bash Not tainted 2.6.32-5-amd64 #1 PowerEdge R610
RIP: 0010:[<ffffffffa0123456>]  [<ffffffffa0123456>] old_fault+0x16/0x40 [oldmod]
RSP: 0018:ffff88003b9a5e58  EFLAGS: 00010282
RAX: 0000000000000000 RBX: 0000000000000001 RCX: 0000000000000000
RDX: 0000000000000000 RSI: 0000000000000001 RDI: ffffffffa0124000
RBP: ffff88003b9a5e58 R08: 0000000000000000 R09: 0000000000000000
R10: 0000000000000000 R11: 0000000000000246 R12: 0000000000000001
R13: 0000000000000000 R14: 0000000000000000 R15: 0000000000000000
FS:  00007fd0e5b4d700(0000) GS:ffff880001e00000(0000) knlGS:0000000000000000
CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033
CR2: 0000000000000010 CR3: 000000003b9a2000 CR4: 00000000000006e0
Process bash (pid: 1234, threadinfo ffff88003b9a4000, task ffff88003c1e8040)
Stack:
 ffff88003b9a5e98 ffffffff810f1a2b ffff88003b9a5e88 0000000000000001
<0> 0000000000000000 0000000000000000 0000000000000000 0000000000000000
Call Trace:
 [<ffffffff810f1a2b>] sys_write+0x4b/0x90
 [<ffffffff81008a02>] system_call_fastpath+0x16/0x1b
Code: 55 48 89 e5 0f 1f 44 00 00 48 8b 05 12 34 00 00 90 90 90 90 90 90 <8b> 40 10 c9 c3 
RIP  [<ffffffffa0123456>] old_fault+0x16/0x40 [oldmod]
 RSP <ffff88003b9a5e58>
CR2: 0000000000000010
---[ end trace a7919e7f17c0a725 ]---
)";

constexpr const char* kI386 = R"(BUG: kernel NULL pointer dereference, address: 00000008
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
*pde = 00000000 
Oops: 0000 [#1] PREEMPT SMP
CPU: 0 PID: 77 Comm: sh Tainted: G           O       6.1.0-31-686-pae #1  Debian 6.1.128-1
Hardware name: QEMU Standard PC (i440FX + PIIX, 1996)
EIP: crash_store+0x12/0x30 [crasher]
Code: 55 89 e5 53 8b 5d 08 31 c0 <8b> 40 08 5b 5d c3
EAX: 00000000 EBX: c1b2f000 ECX: 00000002 EDX: 00000001
ESI: c1d3ff0c EDI: 00000002 EBP: c1d3fe84 ESP: c1d3fe80
DS: 007b ES: 007b FS: 00d8 GS: 0000 SS: 0068 EFLAGS: 00010246
CR0: 80050033 CR2: 00000008 CR3: 01c5c000 CR4: 000006d0
Call Trace:
 vfs_write+0xc5/0x3d0
 entry_INT80_32+0xf0/0xf0
Modules linked in: crasher(O)
CR2: 0000000000000008
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kArm64 =
    R"([   43.120000][  T301] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010
[   43.120010][  T301] Mem abort info:
[   43.120020][  T301]   ESR = 0x0000000096000045
[   43.120030][  T301]   EC = 0x25: DABT (current EL), IL = 32 bits
[   43.120040][  T301]   SET = 0, FnV = 0
[   43.120050][  T301]   EA = 0, S1PTW = 0
[   43.120060][  T301]   FSC = 0x05: level 1 translation fault
[   43.120070][  T301] Data abort info:
[   43.120080][  T301]   ISV = 0, ISS = 0x00000045
[   43.120090][  T301]   CM = 0, WnR = 1
[   43.120100][  T301] user pgtable: 4k pages, 39-bit VAs, pgdp=0000000044a36000
[   43.120110][  T301] [0000000000000010] pgd=0000000000000000, p4d=0000000000000000, pud=0000000000000000
[   43.120120][  T301] Internal error: Oops: 0000000096000045 [#1] SMP
[   43.120130][  T301] Modules linked in: crasher(OE) dm_mod
[   43.120140][  T301] CPU: 2 PID: 301 Comm: sh Tainted: G           OE      6.1.0-56-arm64 #1  Debian 6.1.192-2
[   43.120150][  T301] Hardware name: linux,dummy-virt (DT)
[   43.120160][  T301] pstate: 60000005 (nZCv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)
[   43.120170][  T301] pc : crash_store+0x24/0x50 [crasher]
[   43.120180][  T301] lr : kernfs_fop_write_iter+0x118/0x1b0
[   43.120190][  T301] sp : ffff80000a2cbbe0
[   43.120200][  T301] x29: ffff80000a2cbbe0 x28: ffff000004a30000 x27: 0000000000000000
[   43.120210][  T301] x26: 0000000000000000 x25: ffff000004a31000 x24: ffff80000a2cbd30
[   43.120220][  T301] x23: 0000000000000002 x22: ffff000004b2c0a0 x21: ffff000004b2c080
[   43.120230][  T301] x20: ffff000003e5d600 x19: 0000000000000002 x18: 0000000000000000
[   43.120240][  T301] x11: 0000000000000000 x10: 0000000000000000 x9 : ffff800008001234
[   43.120250][  T301] x8 : 0000000000000000 x7 : 0000000000000000 x6 : 0000000000000000
[   43.120260][  T301] x5 : 0000000000000000 x4 : 0000000000000000 x3 : 0000000000000002
[   43.120270][  T301] x2 : 0000000000000000 x1 : 0000000000000007 x0 : 0000000000000000
[   43.120280][  T301] Call trace:
[   43.120290][  T301]  crash_store+0x24/0x50 [crasher]
[   43.120300][  T301]  kernfs_fop_write_iter+0x118/0x1b0
[   43.120310][  T301]  el0t_64_sync+0x18c/0x190
[   43.120320][  T301] Code: d503233f a9be7bfd 910003fd d2800000 (b9001001) 
[   43.120330][  T301] ---[ end trace 0000000000000000 ]---
)";

constexpr const char* kArmOld =
    R"(Unable to handle kernel NULL pointer dereference at virtual address 00000014
pgd = c7a94000
[00000014] *pgd=87a3c831, *pte=00000000, *ppte=00000000
Internal error: Oops: 817 [#1] SMP ARM
Modules linked in: crasher(O)
CPU: 0 PID: 88 Comm: sh Tainted: G           O    4.9.0 #1
Hardware name: ARM-Versatile Express
task: c7a10000 task.stack: c7a3c000
PC is at crash_store+0x28/0x40 [crasher]
LR is at vfs_write+0xc8/0x1b0
pc : [<bf000028>]    lr : [<c01f2a44>]    psr: 60000013
sp : c7a3de48  ip : 00000000  fp : c7a3de5c
r10: 00000000  r9 : c7a3c000  r8 : c0107e24
r7 : 00000004  r6 : c7a3df70  r5 : 00000002  r4 : 00000001
r3 : 00000000  r2 : 00000002  r1 : 000a4c08  r0 : c7a03300
Flags: nZCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM  Segment none
Control: 10c5387d  Table: 87a9406a  DAC: 00000051
Process sh (pid: 88, stack limit = 0xc7a3c210)
Stack: (0xc7a3de48 to 0xc7a3e000)
de40:                   00000002 000a4c08 c7a3df70 c7a3de60 c01f2a44 bf00000c
de60: 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
[<bf000028>] (crash_store [crasher]) from [<c01f2a44>] (vfs_write+0xc8/0x1b0)
[<c01f2a44>] (vfs_write) from [<c01f2c5c>] (ksys_write+0x6c/0xe0)
[<c01f2c5c>] (ksys_write) from [<c0107c60>] (ret_fast_syscall+0x0/0x3c)
Code: e52de004 e8bd4000 e3a03000 e3a02007 (e5832014) 
---[ end trace 1a2b3c4d5e6f7081 ]---
)";

constexpr const char* kArmNew =
    R"(8<--- cut here ---
Unable to handle kernel NULL pointer dereference at virtual address 00000014 when write
[00000014] *pgd=00000000
Internal error: Oops: 805 [#1] SMP ARM
Modules linked in: crasher(O)
CPU: 0 PID: 88 Comm: sh Tainted: G           O       6.6.15 #1
Hardware name: Generic DT based system
PC is at crash_store+0x28/0x40 [crasher]
LR is at vfs_write+0xc8/0x1b0
pc : [<bf000028>]    lr : [<c01f2a44>]    psr: 60000013
sp : c7a3de48  ip : 00000000  fp : c7a3de5c
r10: 00000000  r9 : c7a3c000  r8 : c0107e24
r7 : 00000004  r6 : c7a3df70  r5 : 00000002  r4 : 00000001
r3 : 00000000  r2 : 00000002  r1 : 000a4c08  r0 : c7a03300
Flags: nZCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM  Segment none
Register r0 information: slab kmalloc-64 start c7a03300 pointer offset 0 size 64
Process sh (pid: 88, stack limit = 0x(ptrval))
Stack: (0xc7a3de48 to 0xc7a3e000)
 crash_store [crasher] from vfs_write+0xc8/0x1b0
 vfs_write from ksys_write+0x6c/0xe0
 ksys_write from ret_fast_syscall+0x0/0x3c
Exception stack(0xc7a3dfa8 to 0xc7a3dff0)
dfa0:                   00000002 000a4c08 00000001 000a4c08 00000002 00000000
Code: e52de004 e8bd4000 e3a03000 e3a02007 (e5832014) 
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kMips32 =
    R"(CPU 0 Unable to handle kernel paging request at virtual address 0000000c, epc == c00a2024, ra == 801f3c50
Oops[#1]:
CPU: 0 PID: 66 Comm: sh Tainted: G           O       6.1.0-31-4kc-malta #1  Debian 6.1.128-1
Hardware name: mti,malta
$ 0   : 00000000 00000001 00000000 00000007
$ 4   : 8fd10000 8fd20000 00000002 00000000
$ 8   : 80010000 00000000 00000000 00000000
$12   : 00000000 00000000 00000000 00000000
$16   : 8fd3fe98 00000002 8fd10000 00000000
$20   : 00000000 00000000 00000000 00000000
$24   : 00000000 c00a2000                  
$28   : 8fd3e000 8fd3fe50 00000000 801f3c50
Hi    : 00000000
Lo    : 00000000
epc   : c00a2024 crash_store+0x24/0x50 [crasher]
ra    : 801f3c50 vfs_write+0xd0/0x2a0
Status: 10008403	KERNEL EXL IE 
Cause : 8080000c (ExcCode 03)
BadVA : 0000000c
PrId  : 00019300 (MIPS 24Kc)
Modules linked in: crasher(O)
Process sh (pid: 66, threadinfo=(ptrval), task=(ptrval), tls=77e2a490)
Stack : 00000002 8fd10000 8fd3fe98 801f3c50 00000000 00000000 00000000 00000000
        ...
Call Trace:
[<c00a2024>] crash_store+0x24/0x50 [crasher]
[<801f3c50>] vfs_write+0xd0/0x2a0
[<801048f8>] syscall_common+0x34/0x58

Code: 24020007  03e00008  00000000 <1000fffd> ac02000c  00000000

---[ end trace 0000000000000000 ]---
)";

constexpr const char* kRiscv =
    R"([   31.000000] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000020
[   31.000010] Oops [#1]
[   31.000020] Modules linked in: crasher(O)
[   31.000030] CPU: 0 PID: 91 Comm: sh Tainted: G           O       6.1.0 #1
[   31.000040] Hardware name: riscv-virtio,qemu (DT)
[   31.000050] epc : crash_store+0x28/0x3c [crasher]
[   31.000060]  ra : kernfs_fop_write_iter+0x10a/0x180
[   31.000070] epc : ffffffff01f7d028 ra : ffffffff801a2b3c sp : ff20000000123d60
[   31.000080]  gp : ffffffff815012a8 tp : ff60000001a53600 t0 : 0000000000000000
[   31.000090]  t1 : 0000000000000000 t2 : 0000000000000000 s0 : ff20000000123d70
[   31.000100]  s1 : 0000000000000002 a0 : ff60000001a10000 a1 : ff60000001a20000
[   31.000110]  a2 : 0000000000000002 a3 : 0000000000000000 a4 : 0000000000000007
[   31.000120]  a5 : 0000000000000000 a6 : 0000000000000000 a7 : 0000000000000040
[   31.000130]  s2 : ff60000001b10000 s3 : ff60000001b20000 s4 : ff60000001b30000
[   31.000140]  s5 : 0000000000000000 s6 : 0000000000000000 s7 : 0000000000000000
[   31.000150]  s8 : 0000000000000000 s9 : 0000000000000000 s10: 000000000000000a
[   31.000160]  s11: 000000000000000b t3 : 0000000000000000 t4 : 0000000000000000
[   31.000170]  t5 : 0000000000000000 t6 : 0000000000000000
[   31.000180] status: 0000000200000120 badaddr: 0000000000000020 cause: 000000000000000d
[   31.000190] [<ffffffff01f7d028>] crash_store+0x28/0x3c [crasher]
[   31.000200] [<ffffffff801a2b3c>] kernfs_fop_write_iter+0x10a/0x180
[   31.000210] ---[ end trace 0000000000000000 ]---
)";

constexpr const char* kPpc64 =
    R"(BUG: Kernel NULL pointer dereference on read at 0x00000008
Faulting instruction address: 0xc008000000a40028
Oops: Kernel access of bad area, sig: 11 [#1]
LE PAGE_SIZE=64K MMU=Radix SMP NR_CPUS=2048 NUMA pSeries
Modules linked in: crasher(O)
CPU: 3 PID: 212 Comm: sh Tainted: G           O       6.1.0-31-powerpc64le #1  Debian 6.1.128-1
Hardware name: IBM pSeries (emulated by qemu) POWER9 (raw) 0x4e1200 0xf000005 of:SLOF,HEAD pSeries
NIP:  c008000000a40028 LR: c0000000005a1b2c CTR: c008000000a40000
REGS: c00000000a3ff890 TRAP: 0300   Tainted: G           O        (6.1.0-31-powerpc64le Debian 6.1.128-1)
MSR:  800000000280b033 <SF,VEC,VSX,EE,FP,ME,IR,DR,RI,LE>  CR: 24002228  XER: 00000000
CFAR: c0000000005a1b28 DAR: 0000000000000008 DSISR: 40000000 IRQMASK: 0 
GPR00: c0000000005a1b2c c00000000a3ffb20 c000000001a4e900 0000000000000000 
GPR04: c00000000a120000 0000000000000002 0000000000000000 0000000000000000 
GPR08: 0000000000000000 0000000000000000 0000000000000000 0000000000000000 
GPR12: c008000000a40000 c000000001ec0000 0000000000000000 0000000000000000 
GPR16: 0000000000000000 0000000000000000 0000000000000000 0000000000000000 
GPR20: 0000000000000000 0000000000000000 0000000000000000 0000000000000000 
GPR24: 0000000000000000 0000000000000000 0000000000000000 0000000000000000 
GPR28: 000000000000001c 000000000000001d 000000000000001e 000000000000001f 
NIP [c008000000a40028] crash_store+0x28/0x60 [crasher]
LR [c0000000005a1b2c] vfs_write+0x11c/0x4d0
Call Trace:
[c00000000a3ffb20] [c00000000a3ffb60] 0xc00000000a3ffb60 (unreliable)
[c00000000a3ffb50] [c0000000005a1b2c] vfs_write+0x11c/0x4d0
[c00000000a3ffc10] [c00000000002f4f8] system_call_exception+0x138/0x330
--- interrupt: 3000 at 0x7fff8c2b1234
NIP:  00007fff8c2b1234 LR: 0000000000000000 CTR: 0000000000000000
REGS: c00000000a3ffe80 TRAP: 3000   Tainted: G           O        (6.1.0-31-powerpc64le Debian 6.1.128-1)
GPR00: 0000000000000004 00007fffd6a81f30 00007fff8c3c7200 0000000000000001 
--- interrupt: 3000
Instruction dump:
38210020 4e800020 60000000 <e9230008> 7d234b78 4e800020 00000000 01000000 
---[ end trace 0000000000000000 ]---
)";

constexpr const char* kS390 =
    R"([   55.000001] Unable to handle kernel pointer dereference in virtual kernel address space
[   55.000010] Failing address: 0000000000000000 TEID: 0000000000000483
[   55.000020] Fault in home space mode while using kernel ASCE.
[   55.000030] AS:0000000001a34007 R3:00000000ffff0007 S:00000000ffff2000 P:000000000000003d 
[   55.000040] Oops: 0004 ilc:2 [#1] SMP 
[   55.000050] Modules linked in: crasher(OE)
[   55.000060] CPU: 1 PID: 812 Comm: sh Tainted: G           OE      6.1.0-31-s390x #1  Debian 6.1.128-1
[   55.000070] Hardware name: QEMU 8561 QEMU (KVM/Linux)
[   55.000080] Krnl PSW : 0704e00180000000 000003ff7fe0a028 (crash_store+0x28/0x48 [crasher])
[   55.000090]            R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:2 PM:0 RI:0 EA:3
[   55.000100] Krnl GPRS: 0000000000000001 0000000000000007 0000000000000000 0000000000000002
[   55.000110]            0000000000000004 0000000000000005 0000000000000006 0000000000000007
[   55.000120]            0000000000000008 0000000000000009 000000000000000a 000000000000000b
[   55.000130]            000000000000000c 000000000000000d 000000001b2c3d4e 0000038000a3fc00
[   55.000140] Krnl Code: 000003ff7fe0a01c: e31020000004	lg	%r1,0(%r2)
[   55.000150]           #000003ff7fe0a022: a7190007		lghi	%r1,7
[   55.000160]           >000003ff7fe0a028: 50102008		st	%r1,8(%r2)
[   55.000170] Call Trace:
[   55.000180]  [<000003ff7fe0a028>] crash_store+0x28/0x48 [crasher] 
[   55.000190] ([<000000001b2c3d4e>] kernfs_fop_write_iter+0x13e/0x1f0)
[   55.000200]  [<000000001b9e01a2>] system_call+0x82/0xb0 
[   55.000210] Last Breaking-Event-Address:
[   55.000220]  [<000000001b2c3d48>] kernfs_fop_write_iter+0x138/0x1f0
[   55.000230] Kernel panic - not syncing: Fatal exception: panic_on_oops
)";

}  // namespace knowhy::oops
