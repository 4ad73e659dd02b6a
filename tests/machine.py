"""What the tests need of the machine besides Python: a browser and Redis, found here or installed from its packages.

`make test` calls `prepare` before pytest starts. Where one is missing and may not be installed, the tests that need it
are skipped and the reason is shown; in CI (the variable CI is set) that is a failure.
"""

# ruff: noqa: T201  # it talks to the person who typed the command

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TRIAL_SECONDS = 30
INSTALL_SECONDS = 300
STILL_SECONDS = 10.0
APT_LOCK_SECONDS = 60  # a fresh machine may be updating itself


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program that some tests need: where it may be, and how it is installed."""

    title: str
    variable: str  # names its path, given by the user or found by us
    names: tuple[str, ...]
    places: tuple[str, ...]
    packages: tuple[str, ...]  # of Debian and Ubuntu, tried in turn
    by_hand: str


BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
BROWSER = Program(
    title="Chromium",
    variable="CLIPHAVEN_CHROMIUM",
    names=("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "Chromium", "Google Chrome"),
    places=(
        "/usr/bin",
        "/usr/local/bin",
        "/opt/homebrew/bin",
        "/snap/bin",
        "/Applications/Chromium.app/Contents/MacOS",
        "/Applications/Google Chrome.app/Contents/MacOS",
    ),
    packages=("chromium", "chromium-browser"),
    by_hand="`sudo apt-get install chromium`, `brew install --cask chromium`, or CLIPHAVEN_CHROMIUM=/path/to/it",
)
REDIS = Program(
    title="Redis",
    variable="CLIPHAVEN_REDIS_SERVER",
    names=("redis-server", "valkey-server"),
    places=("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"),
    packages=("redis-server",),
    by_hand="`sudo apt-get install redis-server`, `brew install redis`, or CLIPHAVEN_REDIS_SERVER=/path/to/it",
)


def prepare(
    environment: Mapping[str, str] = os.environ, programs: Sequence[Program] = (BROWSER, REDIS)
) -> dict[str, str]:
    """Variables with the paths of the programs that the tests may use; exits with a sentence if CI misses one."""
    found: dict[str, str] = {}
    for program in programs:
        path = find(program, environment) or (install(program, environment) if may_install() else None)
        if path:
            print(f"  {program.title}: {path}", flush=True)
            found[program.variable] = path
        elif environment.get("CI"):
            sys.exit(f"ClipHaven: CI must run every test, and {program.title} is missing: {program.by_hand}.")
        else:
            line = "*" * 100
            print(f"{line}\n* {program.title} is missing: THE TESTS THAT NEED IT ARE SKIPPED.", flush=True)
            print(f"* To run them: {program.by_hand}.\n{line}", flush=True)
    return found


def find(program: Program, environment: Mapping[str, str] = os.environ) -> str | None:
    """The path of one that works, or None. A path that the user gave is not second-guessed: it must work."""
    given = environment.get(program.variable)
    if given:
        if not works(given):
            sys.exit(f"ClipHaven: {program.variable} names {given}, which does not run.")
        return given
    search = os.pathsep.join([environment.get("PATH", ""), *program.places])
    for name in program.names:
        path = shutil.which(name, path=search)
        if path and works(path):
            return path
    return None


def works(path: str) -> bool:
    """Whether it says its version: Ubuntu's chromium package, for one, may be a stub that wants another installer."""
    try:
        trial = subprocess.run(
            [path, "--version"], capture_output=True, timeout=TRIAL_SECONDS, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return trial.returncode == 0


def may_install() -> bool:
    """Whether this user may install from the system's packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(program: Program, environment: Mapping[str, str] = os.environ) -> str | None:
    """Install it with apt-get and return its path, or None when that did not help."""
    if not program.packages:
        return None
    apt = ["apt-get", "-y", "-q", "-o", f"DPkg::Lock::Timeout={APT_LOCK_SECONDS}"]
    step(f"package lists, for {program.title}", [*apt, "update"])
    for package in program.packages:
        if step(f"package {package}", [*apt, "install", "--no-install-recommends", package]):
            path = find(program, environment)
            if path:
                return path
    return None


def step(title: str, command: list[str]) -> bool:
    """Run one command with signs of life; says whether it succeeded, and why not."""
    print(f"  {title} …", end="", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        while child.poll() is None:
            try:
                child.wait(STILL_SECONDS)
            except subprocess.TimeoutExpired:
                print(".", end="", flush=True)
            if time.monotonic() - began > INSTALL_SECONDS:
                child.terminate()
                child.wait()
                print(f" gave up after {INSTALL_SECONDS} s", flush=True)
                return False
        output.seek(0)
        lines = output.read().decode(errors="replace").strip().splitlines()
    if child.returncode != 0:
        print(f" failed: {lines[-1] if lines else 'it gave no reason'}", flush=True)
        return False
    print(f" {time.monotonic() - began:.1f} s", flush=True)
    return True
