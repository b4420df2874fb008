"""Finds, downloads and unpacks the guest's kernel. Nothing is installed.

The kernel is Debian's newest linux-image-6.1.0-N-amd64: the plain flavour, not cloud or rt, and not
the 6.12 backport. N changes with every security update, so it is looked up each time.

The same kernel of another architecture can be had too: its package lists are kept in the cache,
apart from the machine's own. What modules are built with is unpacked in the same way.
"""
import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

HOST_ARCH = "amd64"
# Whose kernels are not named after the architecture.
FLAVOURS = {"mips64el": "5kc-malta"}
# What -dbg is unpacked for: the other modules' DWARF would be three times as large again.
DBG_MEMBERS = ["*/vmlinux-*", "*/System.map-*", "*/kernel/net/*", "*/kernel/drivers/net/*"]


class KernelError(Exception):
    """No kernel can be had; the message says what was tried."""


def cache_dir(environ=os.environ):
    if environ.get("KNOWHY_LAB_CACHE"):
        return pathlib.Path(environ["KNOWHY_LAB_CACHE"])
    base = environ.get("XDG_CACHE_HOME") or pathlib.Path(environ.get("HOME", "/root"), ".cache")
    return pathlib.Path(base, "knowhy-lab")


def flavour_of(arch):
    return FLAVOURS.get(arch, arch)


def newest_package(names, arch=HOST_ARCH):
    """The package name with the highest ABI number, or None."""
    pattern = re.compile(rf"^linux-image-6\.1\.0-(\d+)-{flavour_of(arch)}$")
    matches = [match for match in map(pattern.match, names) if match]
    return max(matches, key=lambda m: int(m[1]))[0] if matches else None


def newest_unpacked(cache, arch=HOST_ARCH):
    """The newest kernel that an earlier run left, or None: good enough without package lists."""
    if not cache.is_dir():
        return None
    pattern = re.compile(rf"^linux-image-6\.1\.0-(\d+)-{flavour_of(arch)}_.+$")
    matches = [match for match in (pattern.match(p.name) for p in cache.iterdir()) if match]
    return cache / max(matches, key=lambda m: int(m[1]))[0] if matches else None


def _output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _apt_options(arch, cache):
    """What makes apt read that architecture's package lists; fetches them when there are none."""
    if arch == HOST_ARCH:
        return []
    state = cache / f".apt-{arch}"
    options = [word for setting in (
        f"APT::Architecture={arch}", f"APT::Architectures={arch}", f"Dir::State::lists={state}/lists",
        f"Dir::Cache={state}/cache", "Dir::State::status=/dev/null", "Acquire::Languages=none",
    ) for word in ("-o", setting)]
    if not (state / "lists").is_dir():
        for name in ("lists/partial", "cache/archives/partial"):
            (state / name).mkdir(parents=True, exist_ok=True)
        try:
            _run(["apt-get", "-q", *options, "update"])
        except KernelError:
            shutil.rmtree(state)  # what is there counts as fetched
            raise
    return options


def _candidate_version(package, options):
    found = _output("apt-cache", *options, "show", package)
    return next((line.split()[1] for line in found.splitlines() if line.startswith("Version:")),
                None)


@contextlib.contextmanager
def _locked(cache):
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack_image(package, options, into):
    """Downloads and unpacks beside `into`, then renames: a half-unpacked kernel is never seen."""
    work = pathlib.Path(tempfile.mkdtemp(prefix=".unpack-", dir=into.parent))
    try:
        _run(["apt-get", "-q", *options, "download", package], cwd=work)
        root = work / "root"
        _run(["dpkg-deb", "-x", next(work.glob("*.deb")), root])
        release = package.removeprefix("linux-image-")
        _run(["/sbin/depmod", "-b", root, release])
        os.rename(root, into)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unpack_dbg(package, options, kernel):
    """Adds vmlinux and the network modules' debug files under KERNEL/usr/lib/debug."""
    work = pathlib.Path(tempfile.mkdtemp(prefix=".unpack-", dir=kernel.parent))
    try:
        _run(["apt-get", "-q", *options, "download", package + "-dbg"], cwd=work)
        root = work / "root"
        root.mkdir()
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", next(work.glob("*.deb"))],
                              stdout=subprocess.PIPE) as archive:
            _run(["tar", "-x", "-C", root, "--wildcards", *DBG_MEMBERS], stdin=archive.stdout)
        target = kernel / "usr/lib/debug"
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(root / "usr/lib/debug", target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(command, **options):
    done = subprocess.run([str(word) for word in command], capture_output="stdin" not in options,
                          text=True, check=False, **options)
    if done.returncode != 0:
        raise KernelError(f"{command[0]} failed: {(done.stderr or '').strip() or command}")


def find_kernel(dbg=False, arch=HOST_ARCH):
    """The directory of the unpacked kernel, which it downloads when it must."""
    cache = cache_dir()
    with _locked(cache):
        options = _apt_options(arch, cache)
        names = _output("apt-cache", *options, "pkgnames", "linux-image-6.1.0-").split()
        package = newest_package(names, arch)
        version = _candidate_version(package, options) if package else None
        if version:
            kernel = cache / f"{package}_{version}"
            if not kernel.is_dir():
                _unpack_image(package, options, kernel)
        else:
            kernel = newest_unpacked(cache, arch)
            if kernel is None:
                raise KernelError(f"apt knows no linux-image-6.1.0-N-{arch} (run apt-get update) "
                                  f"and {cache} holds none")
        if dbg and not has_debug_files(kernel):
            _unpack_dbg(kernel.name.split("_")[0], options, kernel)
    return kernel


def _unpack_together(packages, into):
    """`packages`: (name, apt's options). One tree of them all, as if they were installed there."""
    work = pathlib.Path(tempfile.mkdtemp(prefix=".unpack-", dir=into.parent))
    try:
        for package, options in packages:
            _run(["apt-get", "-q", *options, "download", package], cwd=work)
        for archive in work.glob("*.deb"):
            _run(["dpkg-deb", "-x", archive, work / "root"])
        os.rename(work / "root", into)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def find_headers(kernel, arch=HOST_ARCH):
    """Where modules for that kernel are built: a directory for `make -C`. Downloads what it must."""
    cache, release = cache_dir(), release_of(kernel)
    common = re.sub(r"^(6\.1\.0-\d+).*", r"\1-common", release)
    root = cache / f"linux-headers-{release}_{kernel.name.split('_')[1]}"
    make = root / "usr/src" / f"linux-headers-{release}"
    with _locked(cache):
        if not root.is_dir():
            options = _apt_options(arch, cache)
            _unpack_together([(f"linux-headers-{release}", options),
                              (f"linux-headers-{common}", options), ("linux-kbuild-6.1", [])], root)
        # It names the common part by where it would have been installed.
        (make / "Makefile").write_text(f"include {root}/usr/src/linux-headers-{common}/Makefile\n",
                                       encoding="ascii")
    return make


def find_busybox(arch):
    """A static busybox of that architecture."""
    cache = cache_dir()
    root = cache / f"busybox-static-{arch}"
    with _locked(cache):
        if not root.is_dir():
            _unpack_together([("busybox-static", _apt_options(arch, cache))], root)
    return root / "bin/busybox"


def has_debug_files(kernel):
    return (kernel / "usr/lib/debug").is_dir()


def release_of(kernel):
    """What uname -r says there: "6.1.0-N-amd64"."""
    return kernel.name.split("_")[0].removeprefix("linux-image-")
