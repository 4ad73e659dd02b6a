"""Who keeps a connection to the pretend world open does not find it closed in the moment of using it."""

from cliphaven.providers.vendor_calls import IDLE_S
from sandbox.config import IDLE_CONNECTION_S


def test_the_sandbox_keeps_an_idle_connection_longer_than_the_house_does():
    assert IDLE_CONNECTION_S > IDLE_S
