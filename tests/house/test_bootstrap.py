"""The two commands before anything is installed: what they make, what they cost the second time, and what they say."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import machine

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock", "requirements-bootstrap.lock")

# Stands where the real installer would: makes the environment without the network, or fails with given words.
UV = f"""#!/bin/sh
case "$1" in
venv) exec {sys.executable} -m venv --without-pip .venv ;;
pip) if [ -n "$UV_SAYS" ]; then echo "$UV_SAYS" >&2; exit 2; fi ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small project with our bootstrap, in a folder whose name has a space."""
    folder = tmp_path / "a checkout"
    package = folder / "cliphaven/config/local"
    package.mkdir(parents=True)
    shutil.copy(PROJECT / "bootstrap.py", folder)
    for name in LOCKS[:3]:
        (folder / name).write_text("")
    (folder / "pyproject.toml").write_text('[project.scripts]\ncliphaven = "cliphaven.shell:main"\n')
    (folder / "cliphaven/shell.py").write_text("import sys\ndef main():\n    print('shell', *sys.argv[1:])\n")
    (package / "run.py").write_text("import sys\nprint('run', *sys.argv[1:])\n")
    (folder / "bin").mkdir()
    (folder / "bin/uv").write_text(UV)
    (folder / "bin/uv").chmod(0o755)
    return folder


def bootstrap(checkout: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = {"PATH": f"{checkout / 'bin'}:/usr/bin:/bin", "HOME": str(checkout)} | environment
    command = [sys.executable, str(checkout / "bootstrap.py"), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, cwd="/", timeout=60)


def test_it_parses_on_python_3_8_so_that_an_old_python_is_told_what_is_wrong() -> None:
    ast.parse((PROJECT / "bootstrap.py").read_text(), feature_version=(3, 8))


def test_an_old_python_is_named_in_one_sentence() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 18, 'final', 0); sys.version = '3.9.18 (main)'\n"
        "sys.argv = ['bootstrap.py', 'run']; runpy.run_path('bootstrap.py', run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=PROJECT, timeout=60
    )
    assert result.returncode == 2
    assert result.stderr.startswith("ClipHaven: Python 3.11 or newer is needed, this is 3.9.18")
    assert len(result.stderr.splitlines()) == 1


def test_an_unknown_command_shows_the_usage() -> None:
    result = subprocess.run(
        [sys.executable, "bootstrap.py", "fly"], capture_output=True, text=True, check=False, cwd=PROJECT, timeout=60
    )
    assert result.returncode == 2
    assert result.stderr.startswith("usage: python3 bootstrap.py COMMAND")


def test_the_first_start_installs_and_the_second_one_only_runs(checkout: Path) -> None:
    first = bootstrap(checkout, "run", "--port", "8001")
    assert "setting up" in first.stdout
    assert first.stdout.endswith("run --port 8001\n")

    second = bootstrap(checkout, "run", "--port", "8002")
    assert second.stdout == "run --port 8002\n"


def test_the_command_works_from_any_folder(checkout: Path) -> None:
    bootstrap(checkout, "run")
    command = [str(checkout / ".venv/bin/cliphaven"), "ledger", "verify"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=60)
    assert result.stdout == "shell ledger verify\n"


def test_another_lock_is_installed_before_the_next_start(checkout: Path) -> None:
    bootstrap(checkout, "run")
    (checkout / "requirements.lock").write_text("# one package more\n")
    assert "setting up" in bootstrap(checkout, "run").stdout
    assert bootstrap(checkout, "run").stdout == "run\n"


def test_an_installation_that_was_cut_short_is_made_anew(checkout: Path) -> None:
    bootstrap(checkout, "run")
    (checkout / ".venv/unfinished").write_text("")
    (checkout / ".venv/half a package").write_text("")

    assert bootstrap(checkout, "run").stdout.endswith("run\n")
    assert not (checkout / ".venv/half a package").exists()


def test_without_the_network_what_was_installed_before_still_works(checkout: Path) -> None:
    bootstrap(checkout, "run")
    failed = bootstrap(checkout, "check", UV_SAYS="dns error: failed to lookup address information")
    assert failed.returncode == 1
    assert bootstrap(checkout, "run").stdout == "run\n"


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("failed to write: No space left on device (os error 28)", "the disk is full"),
        ("failed to create file: Read-only file system (os error 30)", "cannot be written to"),
        ("error sending request: dns error", "the packages cannot be fetched"),
        ("Hash mismatch for `django==5.2.19`", "is not the one that the lock file names"),
        ("no wheels with a matching platform tag", "has no build for this system"),
        ("something else entirely", "failed: something else entirely"),
    ],
)
def test_what_goes_wrong_is_said_in_one_sentence(checkout: Path, says: str, sentence: str) -> None:
    result = bootstrap(checkout, "run", UV_SAYS=says)
    assert result.returncode == 1
    assert result.stderr.strip().startswith("ClipHaven: ")
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes_and_no_host(lock: str) -> None:
    text = (PROJECT / lock).read_text()
    requirements = [entry for entry in re.split(r"\n(?=[a-zA-Z0-9])", text) if re.match(r"[a-zA-Z0-9]", entry)]
    assert requirements
    for requirement in requirements:
        assert re.match(r"[a-zA-Z0-9._\[\],-]+==\S+", requirement)
        assert "--hash=sha256:" in requirement
    assert "://" not in text


@pytest.mark.parametrize(("small", "large"), [(LOCKS[0], LOCKS[1]), (LOCKS[1], LOCKS[2])])
def test_each_larger_lock_holds_the_same_versions_as_the_smaller_one(small: str, large: str) -> None:
    pins = [
        dict(re.findall(r"^([a-zA-Z0-9._-]+)(?:\[.*\])?==(\S+)", (PROJECT / lock).read_text(), re.M))
        for lock in (small, large)
    ]
    different = {
        name: (version, pins[1].get(name)) for name, version in pins[0].items() if pins[1].get(name) != version
    }
    assert different == {}


def test_after_the_benchmarks_nothing_more_is_installed_for_the_tests_or_the_product(checkout: Path) -> None:
    package = checkout / "benchmarks"
    package.mkdir()
    (package / "__main__.py").write_text("import sys\nprint('bench', *sys.argv[1:])\n")

    assert bootstrap(checkout, "bench", "posting").stdout.endswith("bench posting\n")
    assert bootstrap(checkout, "run").stdout == "run\n"


NOWHERE = machine.Program(
    title="Sundial",
    variable="CLIPHAVEN_SUNDIAL",
    names=("no-such-sundial",),
    places=("/usr/bin",),
    packages=(),
    by_hand="build one",
)


def test_a_missing_program_is_announced_loudly_and_its_tests_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert machine.prepare({"PATH": "/bin"}, [NOWHERE]) == {}
    assert "Sundial is missing: THE TESTS THAT NEED IT ARE SKIPPED." in capsys.readouterr().out


def test_a_missing_program_is_a_failure_in_ci() -> None:
    with pytest.raises(SystemExit, match="CI must run every test, and Sundial is missing: build one"):
        machine.prepare({"PATH": "/bin", "CI": "true"}, [NOWHERE])


def test_a_program_that_does_not_run_is_not_taken_for_one_that_does(tmp_path: Path) -> None:
    stub = tmp_path / "no-such-sundial"
    stub.write_text("#!/bin/sh\necho install me from elsewhere; exit 1\n")
    stub.chmod(0o755)
    assert machine.find(NOWHERE, {"PATH": str(tmp_path)}) is None


def test_a_given_path_that_does_not_run_is_refused() -> None:
    with pytest.raises(SystemExit, match="CLIPHAVEN_SUNDIAL names /nowhere, which does not run"):
        machine.find(NOWHERE, {"CLIPHAVEN_SUNDIAL": "/nowhere"})


def test_ci_ends_with_the_runners_closing_line_and_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(PROJECT / ".ci/run", tmp_path / ".ci/run")
    closing = "=== 1 failed, 2 passed in 0.31s ==="
    (tmp_path / "Makefile").write_text(f"test:\n\t@echo '{closing}'; exit 1\n")
    result = subprocess.run(
        ["bash", ".ci/run"], capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ, timeout=60
    )
    assert result.returncode != 0
    assert result.stdout.splitlines()[-1] == closing
