"""docs/adr/0010 names every package that the product installs, and the licence that the package itself states."""

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "adr" / "0010-licences.md"


def written() -> dict[str, str]:
    return dict(re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]+) \|", TABLE.read_text(), re.M))


def locked() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==", (ROOT / "requirements.lock").read_text(), re.M))


def stated(package: str) -> str | None:
    """The SPDX expression in the metadata of the installed package; None where it is absent or written otherwise."""
    try:
        return metadata.metadata(package).get("License-Expression")
    except metadata.PackageNotFoundError:  # of another system or Python
        return None


def test_every_package_of_the_lock_has_a_line_and_no_line_is_left_over() -> None:
    assert set(written()) == locked()


def test_the_licences_are_the_ones_that_the_packages_state() -> None:
    different = {
        package: (licence.strip(), expression)
        for package, licence in written().items()
        if (expression := stated(package)) and expression != licence.strip()
    }

    assert different == {}


def test_nothing_that_binds_the_whole_product_is_installed() -> None:
    bound = [package for package, licence in written().items() if re.search(r"(?<!L)GPL|AGPL|SSPL|BUSL", licence)]

    assert bound == []
