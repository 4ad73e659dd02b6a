"""The two commands on a machine that has only Python: `python3 bootstrap.py run` and `python3 bootstrap.py test`.

Makes the virtual environment, installs the pinned packages into it, and hands over to the command. Needs the standard
library alone, and parses on Python 3.8, so that an old Python is told what is wrong instead of showing a syntax error.
"""

import contextlib
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from typing import Dict, List, NoReturn, Optional

# The language of Python 3.8, see above.
# ruff: noqa: UP006, UP035, UP045

PROJECT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(PROJECT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed.json")
UNFINISHED = os.path.join(VENV, "unfinished")
STATE = os.environ.get("CLIPHAVEN_STATE_DIR") or os.path.join(PROJECT, ".state")
LOG = os.path.join(STATE, "logs", "install.log")
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
STILL_SECONDS = 10.0

RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
UV_LOCK = "requirements-bootstrap.lock"

USAGE = """usage: python3 bootstrap.py COMMAND [options]

  run    start ClipHaven on this machine (--help lists the options)
  test   run the tests (options go to pytest)
  check  formatting, lint, types and import contracts
  fmt    format the code
  css    rebuild the stylesheet"""

STYLESHEET = ["-i", "design/app.css", "-o", "cliphaven/static/app.css", "--minify"]
CHECKS = (
    ("formatting", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("import contracts", ["lint-imports"]),
)

DISK_FULL = r"No space left on device|os error 28\b|Errno 28\b|Disk quota exceeded|os error 122\b"
READ_ONLY = r"Read-only file system|Permission denied|os error (?:13|30)\b"
NO_NETWORK = (
    r"name resolution|dns error|Name or service not known|Connection refused|Network is unreachable|No route to host"
    r"|Failed to establish a new connection|[Tt]imed out|tcp connect error|error sending request|Could not connect"
    r"|Max retries exceeded|failed to lookup address|Failed to fetch|network was disabled"
)
WRONG_HASH = r"[Hh]ash mismatch|DO NOT MATCH THE HASHES"
NO_BUILD = r"No matching distribution|no wheels? with a matching|no version of|has no wheels"


class Problem(Exception):
    """What keeps us from going on, in one sentence."""


def main(arguments: List[str]) -> int:
    """Do what the arguments say; returns the exit code, or does not return when a command takes over."""
    if sys.version_info < OLDEST:
        print(too_old(), file=sys.stderr)
        return 2
    command = arguments[0] if arguments else ""
    commands = {"run": run, "test": test, "check": check, "fmt": fmt, "css": css}
    if command not in commands:
        asked_for_help = command in ("-h", "--help", "help")
        print(USAGE, file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    try:
        os.chdir(PROJECT)
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


def run(options: List[str]) -> int:
    """Install what the product needs and become `make run`."""
    install(RUN_LOCK)
    become(["-m", "cliphaven.config.local.run"] + options, {})


def test(options: List[str]) -> int:
    """Install what the tests need, the machine's programs included, and become pytest."""
    install(DEV_LOCK)
    sys.path.insert(0, PROJECT)
    from tests import machine

    become(["-m", "pytest"] + options, machine.prepare())


def check(options: List[str]) -> int:
    """Run every check, also after one failed, and say which did."""
    install(DEV_LOCK)
    failed = []
    for name, command in CHECKS:
        print(f"== {name}", flush=True)
        if subprocess.call([in_venv(command[0])] + command[1:]) != 0:
            failed.append(name)
    if failed:
        raise Problem(f"these checks failed: {', '.join(failed)}.")
    print("All checks passed.")
    return 0


def fmt(options: List[str]) -> int:
    """Format the code and mend what the linter can mend."""
    install(DEV_LOCK)
    subprocess.call([in_venv("ruff"), "format", "."])
    return subprocess.call([in_venv("ruff"), "check", "--fix", "."])


def css(options: List[str]) -> int:
    """Rebuild the committed stylesheet from its source."""
    install(DEV_LOCK)
    return subprocess.call([in_venv("tailwindcss")] + STYLESHEET + options)


def in_venv(program: str) -> str:
    """The path of a program that was installed into the environment."""
    return os.path.join(VENV, "bin", program)


def become(command: List[str], environment: Dict[str, str]) -> NoReturn:
    """Replace this process, so that signals reach the command itself."""
    sys.stdout.flush()
    os.execve(PYTHON, [PYTHON] + command, dict(os.environ, **environment))


def install(lock: str) -> None:
    """Make sure that the environment holds what the lock file names. Costs nothing when it already does."""
    if is_installed(lock):
        return
    os.makedirs(os.path.dirname(LOG), exist_ok=True)
    with only_one_at_a_time():
        if is_installed(lock):  # by the one that we waited for
            return
        print("ClipHaven: setting up (this happens once)", flush=True)
        uv = shutil.which("uv")
        make_environment(uv)
        write(UNFINISHED, "An installation was cut short: the next start makes the environment anew.\n")
        try:
            install_packages(uv, lock)
        except NoNetwork:  # everything is fetched before anything is changed: what was there still works
            os.remove(UNFINISHED)
            raise
        install_project()
        write_stamp(lock)
        os.remove(UNFINISHED)


def is_installed(lock: str) -> bool:
    """Whether the stamp says that this very lock was installed into this very environment."""
    return os.path.exists(PYTHON) and not os.path.exists(UNFINISHED) and read_stamp().get(lock) == fingerprint(lock)


def fingerprint(lock: str) -> str:
    """Changes with the lock, this script, the command's address, the Python behind the environment, and its place."""
    digest = hashlib.sha256(PROJECT.encode())
    for path in (lock, "bootstrap.py", "pyproject.toml", os.path.join(".venv", "pyvenv.cfg")):
        with open(os.path.join(PROJECT, path), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def read_stamp() -> Dict[str, str]:
    """Lock file names with the fingerprints that were installed last."""
    try:
        with open(STAMP) as file:
            return dict(json.load(file))
    except (OSError, ValueError):
        return {}


def write_stamp(lock: str) -> None:
    """Only the last installed set is known to be whole, except that the tests' set contains the product's."""
    locks = (RUN_LOCK, DEV_LOCK) if lock == DEV_LOCK else (lock,)
    write(STAMP, json.dumps({name: fingerprint(name) for name in locks}))


def make_environment(uv: Optional[str]) -> None:
    """A virtual environment that works: an unusable or half-made one is made anew."""
    if os.path.exists(VENV):
        if not os.path.exists(UNFINISHED) and environment_works() and (uv or has_installer()):
            return
        shutil.rmtree(VENV)
    step = f"virtual environment (Python {sys.version.split()[0]})"
    if uv:
        do(step, [uv, "venv", "--quiet", "--python", sys.executable, VENV])
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Problem(
            "Python's venv module is missing: on Debian and Ubuntu `apt install python3-venv` installs it."
        ) from None
    do(step, [sys.executable, "-m", "venv", VENV])


def environment_works() -> bool:
    """Whether its Python starts, is new enough, and was made for this folder."""
    question = f"import sys; print(sys.version_info >= {OLDEST!r}, sys.prefix)"
    try:
        answer = subprocess.run([PYTHON, "-c", question], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.stdout.decode().strip() == f"True {VENV}"


def has_installer() -> bool:
    """Whether the environment can install by itself: one that was made by the machine's uv has no pip."""
    trials = ([in_venv("uv"), "--version"], [PYTHON, "-m", "pip", "--version"])
    return any(
        os.path.exists(trial[0]) and subprocess.run(trial, capture_output=True).returncode == 0 for trial in trials
    )


def install_packages(uv: Optional[str], lock: str) -> None:
    """With uv from the machine, else with the pinned one, else with pip, which takes ten times as long."""
    with open(lock) as file:
        count = len(re.findall(r"^[a-zA-Z0-9]", file.read(), re.M))
    step = f"up to {count} packages"
    if not uv:
        uv = pinned_uv()
    if uv:
        install_with_uv = [uv, "pip", "install", "--python", PYTHON, "--require-hashes", "-r", lock]
        try:
            do(step, install_with_uv)
        except NoNetwork:
            do(f"{step}, from the cache", [*install_with_uv, "--offline"])
        return
    do(f"{step}, with pip", pip(lock))


def pinned_uv() -> Optional[str]:
    """The path of a uv inside the environment, or None where it has no build for this system."""
    path = in_venv("uv")
    if os.path.exists(path):
        return path
    try:
        do("uv, the installer", pip(UV_LOCK))
    except NotForThisSystem:
        return None
    return path


def pip(lock: str) -> List[str]:
    """The command that installs a lock file with the environment's own pip."""
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"]
    return [PYTHON, "-m", "pip", "install"] + options + ["-r", lock]


def install_project() -> None:
    """The checkout itself, editable: a path file and the commands, which need no build tool and no network."""
    import tomllib

    packages = glob.glob(os.path.join(VENV, "lib", "python3*", "site-packages"))[0]
    write(os.path.join(packages, "cliphaven.pth"), PROJECT + "\n")
    with open("pyproject.toml", "rb") as file:
        scripts = tomllib.load(file)["project"]["scripts"]
    for name, address in scripts.items():
        module, _, function = address.partition(":")
        path = in_venv(name)
        write(path, SCRIPT % {"python": PYTHON, "module": module, "function": function})
        os.chmod(path, 0o755)


# The shell starts Python because a "#!" line may hold neither spaces nor more than 127 bytes.
SCRIPT = """#!/bin/sh
'''exec' "%(python)s" "$0" "$@"
' '''
import sys

from %(module)s import %(function)s

sys.exit(%(function)s())
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
    with contextlib.suppress(OSError), open(LOG, "ab") as log:  # the disk may be full: say that, not this
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
    if re.search(DISK_FULL, output):
        return Problem(f"the disk is full: free at least 1 GB for {PROJECT} and the package cache, and try again.")
    if re.search(WRONG_HASH, output):
        return Problem(f"a package that was fetched is not the one that the lock file names; see {LOG}.")
    if re.search(READ_ONLY, output):
        return Problem(f"{PROJECT} or the package cache cannot be written to: make it writable for this user.")
    if re.search(NO_NETWORK, output):
        return NoNetwork(
            "the packages cannot be fetched: connect to the network (or set the proxy or mirror) and try again."
        )
    if re.search(NO_BUILD, output):
        return NotForThisSystem(f"a package has no build for this system (glibc Linux or macOS is needed); see {LOG}.")
    if "ensurepip" in output:
        return Problem("Python's venv module is incomplete: on Debian and Ubuntu `apt install python3-venv` mends it.")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return Problem(f"{step} failed: {lines[-1] if lines else 'it gave no reason'} (all of it is in {LOG}).")


def os_sentence(error: OSError) -> str:
    """One sentence for what the system refused."""
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full: free at least 1 GB for {PROJECT} and try again."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"{error.filename or PROJECT} cannot be written to: make it writable for this user and try again."
    return f"{error.filename or PROJECT}: {error.strerror}."


def too_old() -> str:
    """The sentence for an old Python, with a newer one of this machine when there is one."""
    newer = next((name for name in NEWER if shutil.which(name)), None)
    advice = f"use `make run PYTHON={newer}`" if newer else "install a newer one and use `make run PYTHON=python3.12`"
    return f"ClipHaven: Python 3.11 or newer is needed, this is {sys.version.split()[0]} ({sys.executable}): {advice}."


class only_one_at_a_time:
    """Two first starts at once must not install into each other."""

    def __enter__(self) -> None:
        """Wait for our turn."""
        import fcntl

        self.lock = open(os.path.join(STATE, "install.lock"), "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("ClipHaven: another start is installing; waiting for it", flush=True)
            fcntl.flock(self.lock, fcntl.LOCK_EX)

    def __exit__(self, *exception: object) -> None:
        """Let the next one in."""
        self.lock.close()


def write(path: str, text: str) -> None:
    """Replace the file's text."""
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
