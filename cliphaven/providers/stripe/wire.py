"""The connections of Stripe's SDK, which look at the clock right before they write (see foundation/deadlines.py)."""

from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from cliphaven.foundation import deadlines

CONNECTIONS_MAX = 20


class _Looking(HTTPConnection):
    def send(self, data: Any) -> None:
        _connect(self)
        deadlines.look()
        super().send(data)


class _SecureLooking(_Looking, HTTPSConnection):
    """The same beneath TLS: `send` of the first, `connect` of the second."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Looking


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureLooking


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        _with_our_connections(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
        return _with_our_connections(super().proxy_manager_for(*arguments, **named))


def session() -> requests.Session:
    """For all threads of a process: it keeps connections, and nothing that Stripe would have it remember."""
    made = requests.Session()
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    for scheme in ("https://", "http://"):
        made.mount(scheme, _Adapter(pool_maxsize=CONNECTIONS_MAX))
    return made


def _with_our_connections(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager


def _connect(connection: HTTPConnection) -> None:
    """Before the look, because it takes its time."""
    if connection.sock is None:
        connection.connect()
