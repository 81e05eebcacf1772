"""A filter of system calls that a student's code has no use for: each fails with "not permitted".

bubblewrap loads it (`--seccomp`). It keeps memory that no limit counts (memfd), new namespaces, tracing and the
parts of the kernel where most of its faults were found out of reach; so are sockets of families that a network
namespace does not hold apart, and other cores than those it was started on. On other machines than x86-64 and 64-bit
ARM there is none, and the sandbox stands on namespaces and limits alone.
"""

from __future__ import annotations

import platform
import struct

# Numbers of the calls: (x86-64, 64-bit ARM).
DENIED = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "open_by_handle_at": (304, 265),
    "fsopen": (430, 430),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    # A submission that may go to every core slows the others down, whose time is limited.
    "sched_setaffinity": (203, 122),
}
MACHINES = {"x86_64": (0xC000003E, 0, 56, 435, 41), "aarch64": (0xC00000B7, 1, 220, 435, 198)}
# AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. Not AF_VSOCK, by which a virtual machine talks to its host.
FAMILIES = (1, 2, 10, 16)
NEW_NAMESPACES = 0x7E020080  # every CLONE_NEW... flag of clone

LOAD, JUMP_EQUAL, JUMP_SET, JUMP_ABOVE, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
ALLOW, KILL, NOT_PERMITTED, NO_SUCH_CALL = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
NO_SUCH_FAMILY = 0x00050061
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16


def rules(machine: str | None = None) -> bytes:
    """The filter as the kernel reads it, empty where this machine's call numbers are not known."""
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        return b""
    audit, column, clone, clone3, socket = known
    program: list[tuple[int, int, int, int]] = [
        (LOAD, 0, 0, MACHINE),
        (JUMP_EQUAL, 1, 0, audit),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        # The x32 calls of x86-64 carry this bit and would pass by other numbers.
        (JUMP_ABOVE, 0, 1, 0x40000000),
        (RETURN, 0, 0, NO_SUCH_CALL),
        # clone3 hides its flags in memory; without it the C library falls back to clone.
        (JUMP_EQUAL, 0, 1, clone3),
        (RETURN, 0, 0, NO_SUCH_CALL),
    ]
    for numbers in DENIED.values():
        program += [(JUMP_EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, NOT_PERMITTED)]
    program += [(JUMP_EQUAL, 0, len(FAMILIES) + 3, socket), (LOAD, 0, 0, FIRST_ARGUMENT)]
    program += [
        (JUMP_EQUAL, left, 0, family) for left, family in zip(range(len(FAMILIES), 0, -1), FAMILIES, strict=True)
    ]
    program += [(RETURN, 0, 0, NO_SUCH_FAMILY), (RETURN, 0, 0, ALLOW)]
    program += [
        (JUMP_EQUAL, 0, 3, clone),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_SET, 0, 1, NEW_NAMESPACES),
        (RETURN, 0, 0, NOT_PERMITTED),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in program)
