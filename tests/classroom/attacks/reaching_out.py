"""Submissions that look for what they were not given, or leave something behind.

`loot()` returns what was found, as text; an empty text means that nothing was. Words in braces are filled in by
whoever runs the attack: {secret} a folder with files that hold the word TREASURE, {port} a TCP port that listens
on this machine, {marker} a word by which a process left behind is known.
"""

from attacks import Attack, attack

G = "reaching out"


def reach(name: str, cell: str) -> Attack:
    return attack(G, name, cell, wanted="loot-check")


ATTACKS: list[Attack] = [
    reach(
        "solutions and hidden tests",
        """
        import os
        def loot():
            for top, folders, files in os.walk("/"):
                folders[:] = [f for f in folders if f not in ("proc", "sys", "dev")]
                for name in files:
                    if name.endswith(".ipynb") or name in ("misconceptions.py", "gradebook.db"):
                        return os.path.join(top, name)
            return ""
        """,
    ),
    reach(
        "other submissions and the gradebook",
        """
        import os
        def loot():
            try:
                return " ".join(os.listdir("{secret}"))
            except OSError:
                return ""
        """,
    ),
    reach(
        "write the gradebook",
        """
        def loot():
            try:
                with open("{secret}/gradebook.db", "a") as file:
                    file.write("forged")
                return "written"
            except OSError:
                return ""
        """,
    ),
    reach(
        "home",
        """
        import os, glob
        def loot():
            homes = ["/root", "/home", os.path.expanduser("~"), "/var", "/opt"]
            for home in homes + ["/etc/passwd", "/etc/shadow", "/etc/hostname"]:
                try:
                    if os.path.isfile(home) and open(home).read():
                        return home
                    for name in (".bashrc", ".profile", ".ssh", ".gitconfig", ".jupyter", ".cache", ".local", "log"):
                        if os.path.exists(os.path.join(home, name)):
                            return os.path.join(home, name)
                except OSError:
                    pass
            return ""
        """,
    ),
    reach(
        "environment",
        """
        import os, glob
        def loot():
            found = [v for v in os.environ.values() if "TREASURE" in v]
            for name in glob.glob("/proc/*/environ"):
                try:
                    found += ["process"] if b"TREASURE" in open(name, "rb").read() else []
                except OSError:
                    pass
            return " ".join(found)
        """,
    ),
    reach(
        "the reference package",
        """
        import glob, importlib, sys
        def loot():
            for name in ("chainrule", "chainrule.dual", "chainrule.value", "torch", "autograd", "scipy", "micrograd"):
                try:
                    importlib.import_module(name)
                    return name
                except ImportError:
                    pass
            for folder in sys.path + ["/site"]:
                for pattern in ("chainrule*", "*/dual*", "*/site-packages/chainrule*"):
                    for found in glob.glob(folder + "/" + pattern):
                        return found
            return ""
        """,
    ),
    reach(
        "the judge's own modules",
        """
        import glob, os, sys
        def loot():
            for folder in sys.path:
                for name in ("judg", "session", "proxy", "assignment", "record", "seeds", "misconception"):
                    for found in glob.glob(os.path.join(folder, "classroom", "**", name + "*"), recursive=True):
                        return found
            return ""
        """,
    ),
    reach(
        "network to this machine",
        """
        import socket
        def loot():
            for host in ("127.0.0.1", "::1", "localhost"):
                try:
                    with socket.create_connection((host, {port}), timeout=1):
                        return host
                except OSError:
                    pass
            return ""
        """,
    ),
    reach(
        "network outside",
        """
        import socket
        def loot():
            for address in (("1.1.1.1", 53), ("8.8.8.8", 53), ("example.org", 80)):
                try:
                    with socket.create_connection(address, timeout=0.5):
                        return address[0]
                except OSError:
                    pass
            return ""
        """,
    ),
    reach(
        "sockets of other programs",
        """
        import socket, os
        def loot():
            for name in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "\\0{marker}", "/tmp/.X11-unix/X0"):
                try:
                    with socket.socket(socket.AF_UNIX) as s:
                        s.connect(name)
                        return name
                except OSError:
                    pass
            return ""
        """,
    ),
    reach(
        "sockets that no namespace holds apart",
        """
        import socket
        def loot():
            for family in (40, 38, 17, 29, 44):  # vsock, the kernel's ciphers, raw frames, a car's bus, express data
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW):
                    try:
                        socket.socket(family, kind).close()
                        return str(family)
                    except OSError:
                        pass
            return ""
        """,
    ),
    reach(
        "every core of the machine",
        """
        import os
        def loot():
            try:
                os.sched_setaffinity(0, range(os.cpu_count()))
                return "moved"
            except OSError:
                return ""
        """,
    ),
    reach(
        "processes that outlive the run",
        """
        import subprocess, sys
        def loot():
            code = "import time; time.sleep(20)"
            for _ in range(2):
                try:
                    subprocess.Popen([sys.executable, "-S", "-c", code, "{marker}"], start_new_session=True)
                except OSError:
                    pass
            return ""
        loot()
        """,
    ),
    reach(
        "other processes",
        """
        import os
        def loot():
            seen = [p for p in range(1, 5000) if p not in (os.getpid(), 1)]
            found = []
            for pid in seen:
                try:
                    os.kill(pid, 0)  # asks whether the process is there, and sends nothing
                    found.append(str(pid))
                except (ProcessLookupError, PermissionError):
                    pass
            return " ".join(found)
        """,
    ),
    reach(
        "memory of the first process",
        """
        import os
        def loot():
            for pid in (1, os.getppid()):
                for name in ("mem", "environ", "maps"):
                    try:
                        with open(f"/proc/{{pid}}/{{name}}", "rb") as file:
                            if name != "mem" and file.read(10):
                                return name
                    except OSError:
                        pass
            return ""
        """,
    ),
    reach(
        "another user",
        """
        import os
        def loot():
            for become in (os.setuid, os.seteuid, os.setgid):
                try:
                    become(0)
                    return become.__name__
                except OSError:
                    pass
            return "root" if os.geteuid() == 0 else ""
        """,
    ),
    reach(
        "new namespaces",
        """
        import ctypes
        def loot():
            libc = ctypes.CDLL(None, use_errno=True)
            return "user namespace" if libc.unshare(0x10000000) == 0 else ""
        """,
    ),
    reach(
        "memory that no limit counts",
        """
        import os
        def loot():
            try:
                return str(os.memfd_create("x"))
            except OSError:
                return ""
        """,
    ),
    reach(
        "higher limits",
        """
        import resource
        def loot():
            for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_DATA, resource.RLIMIT_CPU):
                hard = resource.getrlimit(limit)[1]
                if hard == resource.RLIM_INFINITY:
                    return "no limit"
                try:
                    resource.setrlimit(limit, (hard + 1, hard + 1))
                    return "raised"
                except (ValueError, OSError):
                    pass
            return ""
        """,
    ),
    reach(
        "devices",
        """
        import os
        def loot():
            for name in ("sda", "vda", "mem", "kmsg", "nvme0n1", "fuse", "kvm", "loop0"):
                if os.path.exists("/dev/" + name):
                    return name
            try:
                os.mknod("device", 0o060600, os.makedev(8, 0))
                return "made"
            except OSError:
                return ""
        """,
    ),
    reach(
        "folders that are not its own",
        """
        import os
        def loot():
            folders = ("/", "/site", "/site/classroom", "/site/numpy", "/usr/lib", "/dev", "/etc")
            for folder in (*folders, os.path.dirname(os.__file__)):
                try:
                    with open(os.path.join(folder, "left-behind-{marker}"), "w"):
                        pass
                    os.remove(os.path.join(folder, "left-behind-{marker}"))
                    return folder
                except OSError:
                    pass
            return ""
        """,
    ),
    reach(
        "what an earlier run left",
        """
        import os
        def loot():
            found = [name for folder in ("/tmp", "/dev/shm", ".") for name in os.listdir(folder)]
            with open("/tmp/left", "w") as a, open("/dev/shm/left", "w") as b, open("left", "w") as c:
                a.write("x"), b.write("x"), c.write("x")
            return " ".join(found)
        """,
    ),
]
