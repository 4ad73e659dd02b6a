"""The two commands on a machine that has only Python: `python3 bootstrap.py run` and `python3 bootstrap.py test`.

Makes the virtual environment, installs the pinned packages into it, and hands over to the command. Needs the standard
library alone, and parses on Python 3.8, so that an old Python is told what is wrong instead of showing a syntax error.
"""

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Iterator, List, NoReturn, Optional, Tuple

# ruff: noqa: UP006, UP035, UP045  # the language of Python 3.8, see above
# ruff: noqa: PLC0415  # some modules exist only where the check of Python's version has passed

PROJECT = Path(__file__).resolve().parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
UNFINISHED = VENV / "unfinished"
STATE = Path(os.environ.get("CLIPHAVEN_STATE_DIR") or PROJECT / ".state")
LOG = STATE / "logs" / "install.log"
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
STILL_SECONDS = 10.0

RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
BENCH_LOCK = "requirements-bench.lock"
UV_LOCK = "requirements-bootstrap.lock"

USAGE = """usage: python3 bootstrap.py COMMAND [options]

  run    start ClipHaven on this machine (--help lists the options)
  test   run the tests (options go to pytest)
  check  formatting, lint, types, import contracts and unsafe calls
  audit  ask PyPI for known holes of the pinned packages (needs the network)
  fmt    format the code
  css    rebuild the stylesheet
  bench  run the benchmarks (their names choose some of them; --help lists the options)
  mutants  change the rules of money a little, many times: the tests must notice (options go to mutmut)
  simulate  let everything go wrong, many times: the books must withstand it (--help lists the options)
  bugs      plant mistakes in the simulated house, one by one: each must be found (an hour or two; --help)
  chaos     kill, stop and cut off real processes under load (about 25 minutes; --help lists the options)
  fuzz      ask every address of the API whatever its document allows and forbids, as everybody (--help)
  malformed  send malformed bodies to every address of the API that takes one (--help)
  screens   walk a demonstration and look at every screen: console, accessibility, weight, paint (--help)
  client    make the typed client anew from docs/openapi.json"""

STYLESHEET = ["-i", "design/app.css", "-o", "cliphaven/static/app.css", "--minify"]
LOOKED_AT = ["cliphaven", "sandbox", "simulator", "benchmarks", "screens", "bootstrap.py"]
CHECKS = (
    ("formatting", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["python", "-m", "tests.typecheck"]),
    ("import contracts", ["lint-imports"]),
    ("unsafe calls", ["bandit", "-q", "-c", "pyproject.toml", "-r", *LOOKED_AT]),
)
# Known holes of the pinned packages, as PyPI knows them; a package that could not be asked about is a failure, too.
AUDIT = ["uv", "tool", "run", "pip-audit==2.10.1", "--strict", "--disable-pip", "--require-hashes"]

# The whole run uses the machine's cores, and one process more, because tests wait a third of their time for databases,
# browsers and vendors; whoever names tests gets them one after the other, as debuggers need it.
TESTING_PROCESSES = min((os.cpu_count() or 1) + 1, 4)
IN_PARALLEL = ["--numprocesses", str(TESTING_PROCESSES), "--dist", "worksteal"]
MANY_SEEDS = ["--seeds", "100", "--at-once", str(os.cpu_count() or 1)]
# What each of them needs, which module it is, and with which options where none are given.
PROGRAMS: Dict[str, Tuple[str, List[str], List[str]]] = {
    "run": (RUN_LOCK, ["cliphaven.config.local.run"], []),
    "simulate": (RUN_LOCK, ["cliphaven.config.commands", "simulate"], MANY_SEEDS),
    "bugs": (RUN_LOCK, ["simulator.bugs.hunt"], ["--write", "docs/simulation.md"]),
    "chaos": (RUN_LOCK, ["simulator.chaos"], []),
    "fuzz": (DEV_LOCK, ["tests.fuzzing"], []),
    "malformed": (DEV_LOCK, ["tests.fuzzing.bodies"], []),
    "screens": (DEV_LOCK, ["screens"], []),
    "bench": (BENCH_LOCK, ["benchmarks"], []),
    "mutants": (BENCH_LOCK, ["tests.mutants"], []),
}

DISK_FULL = r"No space left on device|os error 28\b|Errno 28\b|Disk quota exceeded|os error 122\b"
READ_ONLY = r"Read-only file system|Permission denied|os error (?:13|30)\b"
NO_NETWORK = (
    r"name resolution|dns error|Name or service not known|Connection refused|Network is unreachable|No route to host"
    r"|Failed to establish a new connection|[Tt]imed out|tcp connect error|error sending request|Could not connect"
    r"|Max retries exceeded|failed to lookup address|Failed to fetch|network was disabled"
)
WRONG_HASH = r"[Hh]ash mismatch|DO NOT MATCH THE HASHES"
NO_BUILD = r"No matching distribution|no wheels? with a matching|no version of|has no wheels"
DISK_FULL_SENTENCE = f"the disk is full: free at least 1 GB for {PROJECT} and the package cache, and try again."


class Problem(Exception):
    """What keeps us from going on, in one sentence."""


def main(arguments: List[str]) -> int:
    """Do what the arguments say; returns the exit code, or does not return when a command takes over."""
    if sys.version_info < OLDEST:
        print(too_old(), file=sys.stderr)
        return 2
    command = arguments[0] if arguments else ""
    commands = {"test": test, "check": check, "audit": audit, "fmt": fmt, "css": css, "client": client}
    if command not in commands and command not in PROGRAMS:
        asked_for_help = command in ("-h", "--help", "help")
        print(USAGE, file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    # A machine that keeps nothing compiled would compile the libraries anew at each of a test run's hundred starts.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        os.chdir(PROJECT)
        if command in PROGRAMS:
            hand_over(command, arguments[1:])
        return commands[command](arguments[1:])
    except Problem as problem:
        print(f"\nClipHaven: {problem}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nClipHaven: {os_sentence(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nClipHaven: interrupted; the next start goes on from here.", file=sys.stderr)
        return 130


def test(options: List[str]) -> int:
    """Install what the tests need, the machine's programs included, and become pytest."""
    install(DEV_LOCK)
    sys.path.insert(0, str(PROJECT))
    from tests import machine

    become(["-m", "pytest", *(options or IN_PARALLEL)], machine.prepare())


def check(_options: List[str]) -> int:
    """Run every check, also after one failed, and say which did."""
    install(DEV_LOCK)
    failed = []
    for name, command in CHECKS:
        print(f"== {name}", flush=True)
        if subprocess.call([in_venv(command[0]), *command[1:]]) != 0:
            failed.append(name)
    if failed:
        raise Problem(f"these checks failed: {', '.join(failed)}.")
    print("All checks passed.")
    return 0


def audit(options: List[str]) -> int:
    """Ask for known holes of what the product is pinned to, and of what its tests are; 1 where there is one."""
    install(DEV_LOCK)
    results = []
    for lock in (RUN_LOCK, DEV_LOCK):
        print(f"== {lock}", flush=True)
        results.append(subprocess.call([in_venv(AUDIT[0]), *AUDIT[1:], "-r", lock, *options]))
    return max(results)


def fmt(_options: List[str]) -> int:
    """Format the code and mend what the linter can mend."""
    install(DEV_LOCK)
    subprocess.call([in_venv("ruff"), "format", "."])
    return subprocess.call([in_venv("ruff"), "check", "--fix", "."])


def css(options: List[str]) -> int:
    """Rebuild the committed stylesheet from its source."""
    install(DEV_LOCK)
    return subprocess.call([in_venv("tailwindcss"), *STYLESHEET, *options])


def hand_over(command: str, options: List[str]) -> NoReturn:
    """Install what a program of the project needs, and become it."""
    lock, module, usual = PROGRAMS[command]
    install(lock)
    become(["-m", *module, *(options or usual)], {})


def client(options: List[str]) -> int:
    """Install what formats the client, and make it anew from the document."""
    install(DEV_LOCK)
    return subprocess.call([str(PYTHON), "client/generate.py", *options])


def in_venv(program: str) -> str:
    """The path of a program that was installed into the environment."""
    return str(VENV / "bin" / program)


def become(command: List[str], environment: Dict[str, str]) -> NoReturn:
    """Replace this process, so that signals reach the command itself."""
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), *command], dict(os.environ, **environment))  # noqa: S606


def install(lock: str) -> None:
    """Make sure that the environment holds what the lock file names. Costs nothing when it already does."""
    if is_installed(lock):
        return
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time():
        if is_installed(lock):  # by the one that we waited for
            return
        print("ClipHaven: setting up (this happens once)", flush=True)
        uv = shutil.which("uv")
        make_environment(uv)
        UNFINISHED.write_text("An installation was cut short: the next start makes the environment anew.\n")
        try:
            install_packages(uv, lock)
        except NoNetwork:  # everything is fetched before anything is changed: what was there still works
            UNFINISHED.unlink()
            raise
        install_project()
        write_stamp(lock)
        UNFINISHED.unlink()


def is_installed(lock: str) -> bool:
    """Whether the stamp says that this very lock was installed into this very environment."""
    return PYTHON.exists() and not UNFINISHED.exists() and read_stamp().get(lock) == fingerprint(lock)


def fingerprint(lock: str) -> str:
    """Changes with the lock, this script, the command's address, the Python behind the environment, and its place."""
    digest = hashlib.sha256(str(PROJECT).encode())
    for name in (lock, "bootstrap.py", "pyproject.toml", ".venv/pyvenv.cfg"):
        digest.update((PROJECT / name).read_bytes())
    return digest.hexdigest()


def read_stamp() -> Dict[str, str]:
    """Lock file names with the fingerprints that were installed last."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def write_stamp(lock: str) -> None:
    """Only the last installed set is known to be whole, and those that it contains."""
    contained = {RUN_LOCK: (), DEV_LOCK: (RUN_LOCK,), BENCH_LOCK: (RUN_LOCK, DEV_LOCK)}
    locks = (lock, *contained[lock])
    STAMP.write_text(json.dumps({name: fingerprint(name) for name in locks}))


def make_environment(uv: Optional[str]) -> None:
    """A virtual environment that works: an unusable or half-made one is made anew."""
    if VENV.exists():
        if not UNFINISHED.exists() and environment_works() and (uv or has_installer()):
            return
        shutil.rmtree(VENV)
    step = f"virtual environment (Python {sys.version.split()[0]})"
    if uv:
        do(step, [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        return
    if not can_make_environments():
        install_venv_module()
    do(step, [sys.executable, "-m", "venv", str(VENV)])


def can_make_environments() -> bool:
    """Whether this Python came with its venv module whole; Debian and Ubuntu keep a part of it in another package."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None and importlib.util.find_spec("venv") is not None


def install_venv_module() -> None:
    """Fetch the rest of the venv module from the system's packages where that is allowed, else say how to."""
    if os.geteuid() == 0 and shutil.which("apt-get") and sys.executable.startswith("/usr/bin/"):
        package = f"python3.{sys.version_info[1]}-venv"
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        do("package lists", ["apt-get", "-q", "update"])
        do(f"package {package}", ["apt-get", "-y", "-q", "install", "--no-install-recommends", package])
    if not can_make_environments():
        raise Problem("Python's venv module is missing: on Debian and Ubuntu `apt install python3-venv` installs it.")


def environment_works() -> bool:
    """Whether its Python starts, is new enough, and was made for this folder."""
    question = f"import sys; print(sys.version_info >= {OLDEST!r}, sys.prefix)"
    try:
        answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.decode().strip() == f"True {VENV}"


def has_installer() -> bool:
    """Whether the environment can install by itself: one that was made by the machine's uv has no pip."""
    for trial in ([in_venv("uv"), "--version"], [str(PYTHON), "-m", "pip", "--version"]):
        if Path(trial[0]).exists() and subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            return True
    return False


def install_packages(uv: Optional[str], lock: str) -> None:
    """With uv from the machine, else with the pinned one, else with pip, which takes ten times as long."""
    count = len(re.findall(r"^[a-zA-Z0-9]", (PROJECT / lock).read_text(), re.M))
    step = f"up to {count} packages"
    if not uv:
        uv = pinned_uv()
    if uv:
        install_with_uv = [uv, "pip", "install", "--python", str(PYTHON), "--require-hashes", "-r", lock]
        try:
            do(step, install_with_uv)
        except NoNetwork:
            do(f"{step}, from the cache", [*install_with_uv, "--offline"])
        return
    do(f"{step}, with pip", pip(lock))


def pinned_uv() -> Optional[str]:
    """The path of a uv inside the environment, or None where it has no build for this system."""
    path = in_venv("uv")
    if Path(path).exists():
        return path
    try:
        do("uv, the installer", pip(UV_LOCK))
    except NotForThisSystem:
        return None
    return path


def pip(lock: str) -> List[str]:
    """The command that installs a lock file with the environment's own pip."""
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"]
    return [str(PYTHON), "-m", "pip", "install", *options, "-r", lock]


def install_project() -> None:
    """The checkout itself, editable: a path file and the commands, which need no build tool and no network."""
    import tomllib

    packages = next(VENV.glob("lib/python3*/site-packages"))
    (packages / "cliphaven.pth").write_text(f"{PROJECT}\n")
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["scripts"]
    for name, address in scripts.items():
        module, _, function = address.partition(":")
        path = Path(in_venv(name))
        path.write_text(SCRIPT.format(python=PYTHON, module=module, function=function))
        path.chmod(0o755)


# The shell starts Python because a "#!" line may hold neither spaces nor more than 127 bytes.
SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from {module} import {function}

sys.exit({function}())
"""


class NoNetwork(Problem):
    """Nothing could be fetched."""


class NotForThisSystem(Problem):
    """A package has no build for this system."""


def do(step: str, command: List[str]) -> None:
    """Run a command as one step with progress; raises a Problem that says what went wrong in one sentence."""
    print(f"  {step} …", end="", flush=True)
    started = time.monotonic()
    # The machine's own certificates: a company's network may need one that uv does not bring along.
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never", UV_SYSTEM_CERTS="true")
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )
    try:
        output = output_of(child)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    with contextlib.suppress(OSError), LOG.open("ab") as log:  # the disk may be full: say that, not this
        log.write(f"\n$ {' '.join(command)}\n".encode() + output)
    if child.returncode != 0:
        print(" failed", flush=True)
        raise explained(step, output.decode("utf-8", "replace"))
    print(f" {time.monotonic() - started:.1f} s", flush=True)


def output_of(child: "subprocess.Popen[bytes]") -> bytes:
    """What the child printed, when it has ended; a dot now and then shows that it still works."""
    while True:
        try:
            return child.communicate(timeout=STILL_SECONDS)[0]
        except subprocess.TimeoutExpired:
            print(".", end="", flush=True)


def explained(step: str, output: str) -> Problem:
    """The Problem behind what an installer printed."""
    known = (
        (DISK_FULL, Problem(DISK_FULL_SENTENCE)),
        (WRONG_HASH, Problem(f"a package that was fetched is not the one that the lock file names; see {LOG}.")),
        (READ_ONLY, Problem(f"{PROJECT} or the package cache cannot be written to: make it writable for this user.")),
        (
            NO_NETWORK,
            NoNetwork("the packages cannot be fetched: connect to the network, or set its proxy, and try again."),
        ),
        (NO_BUILD, NotForThisSystem(f"a package has no build for this system (glibc Linux or macOS); see {LOG}.")),
        (r"ensurepip", Problem("Python's venv module is incomplete: on Debian `apt install python3-venv` mends it.")),
    )
    for pattern, problem in known:
        if re.search(pattern, output):
            return problem
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return Problem(f"{step} failed: {lines[-1] if lines else 'it gave no reason'} (all of it is in {LOG}).")


def os_sentence(error: OSError) -> str:
    """One sentence for what the system refused."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL_SENTENCE
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{error.filename or PROJECT} cannot be written to: make it writable for this user and try again."
    return f"{error.filename or PROJECT}: {error.strerror}."


def too_old() -> str:
    """The sentence for an old Python, with a newer one of this machine when there is one."""
    newer = next((name for name in NEWER if shutil.which(name)), None)
    advice = f"use `make run PYTHON={newer}`" if newer else "install a newer one and use `make run PYTHON=python3.12`"
    return f"ClipHaven: Python 3.11 or newer is needed, this is {sys.version.split()[0]} ({sys.executable}): {advice}."


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two first starts at once must not install into each other."""
    import fcntl

    with (STATE / "install.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("ClipHaven: another start is installing; waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
