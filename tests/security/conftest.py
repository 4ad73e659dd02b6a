"""A house with something of each kind in it, which the tests of a module share."""

from collections.abc import Iterator

import pytest
from django.test import TestCase
from pytest_django.plugin import DjangoDbBlocker

from tests.security.visitors import House, a_house


class Module(TestCase):
    """The transaction around all tests of a module; those of the single tests lie within it."""


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[House]:
    """Made once for a module: what a test does to it is rolled back to here, and all of it in the end."""
    with django_db_blocker.unblock():
        Module.setUpClass()
        house = a_house()
    yield house
    with django_db_blocker.unblock():
        Module.tearDownClass()
        Module.doClassCleanups()
