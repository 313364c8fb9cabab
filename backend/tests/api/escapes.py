"""Tries to get out of where it runs, and prints what came of each attempt as a line of JSON.

An attempt that returns has worked; one that raises has not. TOLD says where things are. With `outside`
only what harms nobody is tried, to show that it does work where nothing keeps it from working.
"""

import ctypes
import errno
import fcntl
import glob
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import termios

TOLD = json.load(open(sys.argv[1]))
OUTSIDE = sys.argv[2] == "outside"
# what the numbers of calls below are of
IS_X86 = os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
attempts = []


class Kept(Exception):
    """It did not work, for a reason that has no number."""


def attempt(name, wants=None, works_outside=False, must=False):
    """`wants` is how exactly it must fail; `must` says that it is to work, inside too."""
    wants = wants if IS_X86 else None

    def keep(function):
        attempts.append((name, wants, works_outside, must, function))

    return keep


def system_call(number, *arguments):
    require(IS_X86, "it has another number here")
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


def in_child(function):
    """Whatever it changes, it changes a child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        number = 0
        try:
            function()
        except OSError as error:
            number = error.errno or errno.EIO
        os.write(write, struct.pack("i", number))
        os._exit(0)
    os.close(write)
    said = os.read(read, 4)
    os.waitpid(child, 0)
    if len(said) < 4:
        raise Kept("it was killed")
    (number,) = struct.unpack("i", said)
    if number:
        raise OSError(number, "")


def require(condition, otherwise):
    if not condition:
        raise Kept(otherwise)


# what is the host's

for path in TOLD["files"]:
    attempt(f"read {os.path.basename(path)}", "ENOENT", True)(lambda p=path: open(p, "rb").read(1))
for path in TOLD["folders"]:
    attempt(f"list {os.path.basename(path)}", "ENOENT", True)(lambda p=path: os.listdir(p))
    attempt(f"list {os.path.basename(path)} by the first process's root", "ENOENT")(
        lambda p=path: os.listdir("/proc/1/root" + p)
    )
for path in TOLD["sockets"]:
    def by_path(p=path):
        socket.socket(socket.AF_UNIX).connect(p)
    attempt(f"connect to {os.path.basename(path)}", "ENOENT", True)(by_path)


@attempt("follow a link to another's file", "ENOENT", True)
def _():
    link = os.path.join(os.environ.get("HOME", "/tmp"), f"link-{os.getpid()}")
    os.symlink(TOLD["files"][0], link)
    try:
        open(link, "rb").read(1)
    finally:
        os.unlink(link)


@attempt("read a file of the host by a descriptor that was left open")
def _():
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            to = os.readlink(f"/proc/self/fd/{descriptor}")
        except OSError:
            continue
        if TOLD["data"] in to and "/homes/" + TOLD["own"] not in to:
            return to
    raise Kept("there is none")


@attempt("read the host's shadow file", "ENOENT", True)
def _():
    open("/etc/shadow").read(1)


@attempt("list root's home", "ENOENT", True)
def _():
    os.listdir("/root")


@attempt("see the host's users", works_outside=False)
def _():
    names = {line.split(":")[0] for line in open("/etc/passwd")}
    require(names - {"root", "user", "nobody"}, "only its own")


@attempt("see the host's temporary files", "ENOENT", True)
def _():
    os.stat(TOLD["temporary"])


@attempt("see the host's shared memory", "ENOENT", True)
def _():
    os.stat(TOLD["shared_memory"])


@attempt("see other homes", works_outside=False)
def _():
    require(os.listdir("/home") != ["user"], "only its own")


@attempt("see where mounts are staged", works_outside=False)
def _():
    require(os.path.exists("/mnt") and os.listdir("/mnt"), "nothing is there")


@attempt("see the system's devices and groups", works_outside=True)
def _():
    require(os.path.exists("/sys/fs"), "/sys is not there")


@attempt("see services' state", "ENOENT", True)
def _():
    os.listdir("/var/lib")


@attempt("see what runs in /run", works_outside=True)
def _():
    require(os.listdir("/run") != ["manageacloud"], "only its own")


# writing where others would read it

for folder in ["/", "/usr", "/usr/bin", "/etc", "/dev", "/run", "/home", "/opt", "/var"]:
    def make(at=folder):
        path = os.path.join(at, "escape")
        open(path, "w").close()
        os.unlink(path)
    attempt(f"make a file in {folder}")(make)
for path in [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/hostname",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sysrq-trigger",
    "/run/manageacloud/init",
    "/etc/passwd",
    "/etc/resolv.conf",
]:
    attempt(f"write {path}")(lambda p=path: os.close(os.open(p, os.O_WRONLY)))


for process in ["self", "1"]:
    def favour(process=process):
        with open(f"/proc/{process}/oom_score_adj", "w") as file:
            file.write("-1000")
    attempt(f"have {process} killed last when memory is short", "EACCES")(favour)


@attempt("make a device")
def _():
    os.mknod(os.path.join(os.environ["HOME"], "disk"), 0o60600, os.makedev(8, 0))


@attempt("find a device of the host", works_outside=False)
def _():
    known = "null zero full random urandom tty console ptmx pts shm fd stdin stdout stderr core mqueue"
    more = set(os.listdir("/dev")) - set(known.split())
    require(more, "only harmless ones")
    return sorted(more)


for path in ["/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/vsock", "/proc/kcore"]:
    attempt(f"open {path}")(lambda p=path: os.close(os.open(p, os.O_RDONLY)))


@attempt("read addresses of the kernel", works_outside=False)
def _():
    with open("/proc/kallsyms") as file:
        require(int(file.readline().split()[0], 16), "they are hidden")


# other processes


@attempt("see a process of the host", "ESRCH", True)
def _():
    os.kill(TOLD["process"], 0)


@attempt("read the memory map of a process of the host", "ENOENT", True)
def _():
    open(f"/proc/{TOLD['process']}/maps").read(1)


@attempt("trace a process of the host", "ESRCH", True)
def _():
    def seize():
        if libc.ptrace(0x4206, TOLD["process"], None, None) == -1:  # PTRACE_SEIZE
            raise OSError(ctypes.get_errno(), "")
    in_child(seize)


@attempt("see more processes than its own", works_outside=True)
def _():
    processes = [pid for pid in os.listdir("/proc") if pid.isdigit()]
    words = [open(f"/proc/{pid}/cmdline").read() for pid in processes if os.path.exists(f"/proc/{pid}/cmdline")]
    theirs = [one for one in words if TOLD["marker"] in one]
    require(theirs, "only its own")


@attempt("read the environment that the server was started with", works_outside=True)
def _():
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            if TOLD["variable"].encode() in open(path, "rb").read():
                return path
        except OSError:
            pass
    raise Kept("it is in none")


@attempt("find the data folder in a command line", works_outside=False)
def _():
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        if TOLD["data"].encode() in open(path, "rb").read():
            return path
    raise Kept("it is in none")


@attempt("find another's home among the mounts", works_outside=False)
def _():
    require(TOLD["another"] in open("/proc/self/mountinfo").read(), "it is not")


@attempt("find the host's control groups", works_outside=False)
def _():
    require("manageacloud" in open("/proc/self/cgroup").read(), "its own is the root")


@attempt("read another process's memory", "EPERM", False)
def _():
    vector = (ctypes.c_long * 2)(0, 0)
    system_call(310, os.getppid(), vector, 1, vector, 1, 0)


# namespaces, mounts, capabilities

FLAGS = {
    "user": 0x10000000, "mount": 0x20000, "network": 0x40000000, "process": 0x20000000,
    "ipc": 0x8000000, "host name": 0x4000000, "group": 0x2000000,
}
for kind, flag in FLAGS.items():
    def unshare(flag=flag):
        def once():
            if libc.unshare(flag) == -1:
                raise OSError(ctypes.get_errno(), "")
        in_child(once)
    attempt(f"make a {kind} namespace", "EPERM", True)(unshare)


@attempt("make a user namespace with a process", "EPERM")
def _():
    if system_call(56, 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


@attempt("make a process by the call that hides its flags", "ENOSYS")
def _():
    system_call(435, None, 0)


for kind in ["user", "mnt", "net", "pid", "ipc", "uts", "cgroup"]:
    def enter(kind=kind):
        with open(f"/proc/1/ns/{kind}") as file:
            if libc.setns(file.fileno(), 0) == -1:
                raise OSError(ctypes.get_errno(), "")
    attempt(f"enter the first process's {kind} namespace")(enter)


@attempt("mount a file system in memory", "EPERM")
def _():
    if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == -1:
        raise OSError(ctypes.get_errno(), "")


@attempt("mount the groups", "EPERM")
def _():
    if libc.mount(b"none", b"/tmp", b"cgroup", 0, b"memory") == -1:
        raise OSError(ctypes.get_errno(), "")


@attempt("make / writable", "EPERM")
def _():
    if libc.mount(None, b"/", None, 0x20 | 0x1000, None) == -1:
        raise OSError(ctypes.get_errno(), "")


@attempt("unmount its home", "EPERM")
def _():
    if libc.umount2(b"/home/user", 2) == -1:
        raise OSError(ctypes.get_errno(), "")


@attempt("become root", works_outside=True)
def _():
    in_child(lambda: os.setuid(0))


@attempt("join root's group", works_outside=True)
def _():
    in_child(lambda: os.setgid(0))


@attempt("choose its groups", works_outside=True)
def _():
    in_child(lambda: os.setgroups([0]))


def status(field):
    for line in open("/proc/self/status"):
        if line.startswith(field + ":"):
            return line.split()[1]


for field in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]:
    def capable(field=field):
        require(int(status(field), 16), "there is none")
    attempt(f"have a capability ({field})")(capable)


@attempt("gain rights by a program that has them")
def _():
    require(status("NoNewPrivs") != "1", "none are gained")


@attempt("run without a list of calls")
def _():
    require(status("Seccomp") != "2", "there is a list")


@attempt("become root by a program of root's")
def _():
    for name in ["su", "mount", "passwd", "chsh"]:
        path = f"/usr/bin/{name}"
        if os.path.exists(path) and os.stat(path).st_uid == 0 and os.stat(path).st_mode & 0o4000:
            flags = next(
                line.split()[5] for line in open("/proc/self/mountinfo") if line.split()[4] == "/usr"
            )
            require("nosuid" not in flags.split(","), "they are mounted so that they cannot")
            return path
    raise Kept("there is none")


CALLS = {
    "pivot_root": 155, "chroot": 161, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431,
    "fsmount": 432, "fspick": 433, "mount_setattr": 442, "add_key": 248, "request_key": 249, "keyctl": 250,
    "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "kexec_load": 246, "kexec_file_load": 320,
    "init_module": 175, "finit_module": 313, "delete_module": 176, "open_by_handle_at": 304,
    "name_to_handle_at": 303, "swapon": 167, "swapoff": 168, "reboot": 169, "acct": 163, "quotactl": 179,
    "syslog": 103, "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "vhangup": 153,
    "fanotify_init": 300, "process_vm_writev": 311, "migrate_pages": 256, "move_pages": 279, "mbind": 237,
    "quotactl_fd": 443, "open_tree_attr": 467, "clock_adjtime": 305,
}
for name, number in CALLS.items():
    attempt(f"call {name}", "EPERM")(lambda n=number: system_call(n, 0, 0, 0, 0, 0, 0))
for name, number in {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427}.items():
    attempt(f"call {name}", "ENOSYS")(lambda n=number: system_call(n, 0, 0, 0, 0, 0, 0))


@attempt("call by the second numbering", "ENOSYS")
def _():
    system_call(0x40000000 | 39)


@attempt("name its host", "EPERM")
def _():
    socket.sethostname("escape")


# the terminal


@attempt("type into a terminal by its own program", "EPERM")
def _():
    fcntl.ioctl(0, termios.TIOCSTI, b"x")


@attempt("type into a new terminal", "EPERM")
def _():
    master, user_side = os.openpty()
    def inject():
        os.setsid()
        fcntl.ioctl(user_side, termios.TIOCSCTTY, 0)
        fcntl.ioctl(user_side, termios.TIOCSTI, b"x")
    in_child(inject)


@attempt("paste from the console", "EPERM")
def _():
    fcntl.ioctl(0, 0x541C, b"\x02")  # TIOCLINUX


# sockets and addresses

FAMILIES = {"vsock": 40, "packet": 17, "alg": 38, "bluetooth": 31, "xdp": 44, "key": 15, "tipc": 30, "can": 29}
for name, number in FAMILIES.items():
    def of_family(number=number):
        for kind in [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET]:
            try:
                return socket.socket(number, kind).close()
            except OSError as error:
                last = error
        raise last
    attempt(f"make a socket of {name}", "EAFNOSUPPORT", name in ["packet", "vsock"])(of_family)


@attempt("make a raw socket", "EPERM", True)
def _():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


@attempt("make a raw socket of version 6", "EPERM", False)
def _():
    socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)


@attempt("connect to an abstract socket of the host", "ECONNREFUSED", True)
def _():
    socket.socket(socket.AF_UNIX).connect("\0" + TOLD["abstract"])


@attempt("take the place of the control socket")
def _():
    socket.socket(socket.AF_UNIX).connect("/run/manageacloud/control")


@attempt("change its network")
def _():
    route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    # RTM_NEWLINK with NLM_F_REQUEST | NLM_F_ACK: loopback goes down
    route.send(struct.pack("=LHHLL", 32, 16, 5, 1, 0) + struct.pack("=BxHiII", 0, 0, 1, 0, 1))
    (number,) = struct.unpack("=i", route.recv(64)[16:20])
    if number:
        raise OSError(-number, "")


def hears(family, address):
    """Connects, and waits to be greeted: a connection that is reset has reached nobody."""
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(4)
    connection.connect(address)
    require(connection.recv(7) == b"reached", "nobody answers")


for name, (host, port) in TOLD["listeners"].items():
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    attempt(f"reach {name}", None, True)(lambda f=family, a=(host, port): hears(f, a))


@attempt("reach a port of the host without a connection", None, False)
def _():
    host, port = TOLD["datagrams"]
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.settimeout(1)
    sender.connect((host, port))
    sender.send(b"escape")
    require(sender.recv(7) == b"reached", "nobody answers")


for host, port in [
    ("169.254.169.254", 80), ("169.254.170.2", 80), ("10.0.0.1", 80), ("10.0.0.1", 22), ("172.16.0.1", 80),
    ("172.17.0.1", 80), ("192.168.0.1", 80), ("192.168.1.1", 443), ("100.64.0.1", 80), ("1.1.1.1", 80),
    ("8.8.8.8", 53), ("93.184.215.14", 80), (TOLD["gateway"], 80), (TOLD["gateway"], 22),
]:
    def answered(address=(host, port)):
        connection = socket.socket()
        connection.settimeout(4)
        connection.connect(address)
        connection.send(b"GET /latest/meta-data/ HTTP/1.0\r\n\r\n")
        require(connection.recv(1), "nobody answers")
    attempt(f"be answered by {host}, port {port}")(answered)


@attempt("be answered by an address of version 6")
def _():
    connection = socket.socket(socket.AF_INET6)
    connection.settimeout(4)
    connection.connect(("2606:4700:4700::1111", 80))


for name in ["example.com", "debian.org", "metadata.google.internal", TOLD["host_name"] + "."]:
    def resolve(name=name):
        try:
            return socket.getaddrinfo(name, 80)
        except socket.gaierror:
            raise Kept("it is no name here")
    attempt(f"find the address of {name}")(resolve)


@attempt("ask a public name server", None, False)
def _():
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asker.settimeout(2)
    asker.sendto(b"\1\2\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1", ("8.8.8.8", 53))
    answer = asker.recv(512)
    require(answer[7], "it says that there is no such name")


@attempt("find a port that was not led in")
def _():
    found = []
    for port in range(1, 65536):
        one = socket.socket()
        # one that meets itself has found nothing
        if one.connect_ex(("127.0.0.1", port)) == 0 and one.getsockname() != one.getpeername():
            found.append(port)
        one.close()
    more = set(found) - set(TOLD["ports"])
    require(more, f"only {found}")
    return sorted(more)


@attempt("be answered by the server", must=True)
def _():
    connection = socket.create_connection(("127.0.0.1", TOLD["server"]), 20)
    connection.send(b"GET /api/v1/terminals HTTP/1.0\r\nHost: localhost\r\n\r\n")
    answer = connection.recv(64)
    require(b" 401 " in answer, f"{answer}")


# limits


@attempt("raise a limit of its own", works_outside=False)
def _():
    for kind in [resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_DATA]:
        soft, hard = resource.getrlimit(kind)
        require(hard != resource.RLIM_INFINITY, "")
        try:
            resource.setrlimit(kind, (soft, hard + 1))
        except ValueError:
            continue
        return kind
    raise Kept("none can be raised")


@attempt("go before others", works_outside=True)
def _():
    in_child(lambda: os.nice(-5))


@attempt("run in real time", works_outside=False)
def _():
    in_child(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))


@attempt("write a file that is too large", "EFBIG")
def _():
    path = os.path.join(os.environ["HOME"], "large")
    try:
        with open(path, "wb", buffering=0) as file:
            file.seek(513 << 20)
            file.write(b"x")
    finally:
        os.unlink(path)


for folder, megabytes in [("/tmp", 64), ("/dev/shm", 32), ("/var/tmp", 8)]:
    def fill(at=folder, most=megabytes):
        path = os.path.join(at, "fill")
        try:
            with open(path, "wb", buffering=0) as file:
                for _ in range(most + 1):
                    file.write(b"x" * (1 << 20))
                    require(file.tell() % (1 << 20) == 0, "it is full")
        finally:
            os.unlink(path)
    attempt(f"fill {folder} with more than {megabytes} MiB")(fill)


@attempt("start more than 200 processes", "EAGAIN")
def _():
    children = []
    try:
        for _ in range(200):
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


@attempt("leave a core file")
def _():
    require(resource.getrlimit(resource.RLIMIT_CORE)[1], "none is written")


@attempt("run a program", must=True)
def _():
    subprocess.run(["/usr/bin/true"], check=True)


for name, wants, works_outside, must, function in attempts:
    if OUTSIDE and not works_outside:
        continue
    try:
        came = {"worked": True, "how": repr(function())}
    except OSError as error:
        number = errno.errorcode.get(error.errno, str(error))
        came = {"worked": False, "how": number}
    except Exception as error:
        came = {"worked": False, "how": f"{type(error).__name__}: {error}"}
    line = {"name": name, "wants": wants, "works_outside": works_outside, "must": must}
    print(json.dumps({**line, **came}), flush=True)
