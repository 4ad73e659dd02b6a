"""One of the staff at their desk: reads pages as text, and sends the forms of cases."""

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from cliphaven.identity.models import User
from tests.people import dot

KEY = "a-key-of-a-form"


def client(user: User | None = None) -> Client:
    """The browser of somebody, Dot's unless said otherwise."""
    found = Client()
    found.force_login(user or dot())
    return found


def text_of(answer: Any) -> str:
    """What a page says, without its tags and scripts."""
    words = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return unescape(" ".join(words.split()))


def shown(name: str, *args: int, user: User | None = None, status: int = 200, **query: Any) -> str:
    """What a page says that is looked at."""
    answer = client(user).get(reverse(name, args=args), query)
    assert answer.status_code == status, answer.content
    return text_of(answer)


def sent(name: str, number: int, *, user: User | None = None, **fields: Any) -> str:
    """Send a form of a case; what the page says that follows."""
    body = {"note": "I looked.", "request_key": KEY, **fields}
    answer = client(user).post(reverse(name, args=[number]), body, follow=True)
    assert answer.status_code == 200, answer.content
    return text_of(answer)
