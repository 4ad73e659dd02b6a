"""What pasted lines mean: addresses are read, short and share links followed, side by side. Nothing is written."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from cliphaven.clips.rules import urls
from cliphaven.foundation.errors import ProviderFailed, Refused
from cliphaven.foundation.transactions import no_transaction
from cliphaven.providers import short_links

FOLLOWED_AT_ONCE = 16
"""Links followed side by side: fifty that all take their five seconds are done after twenty."""
LINK_NOT_ANSWERED = "link_not_answered"


class UnusableLink(Refused):
    """This line leads to no clip that could come in. Its `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        """`code` never changes; `sentence` says what to do instead."""
        super().__init__(sentence)
        self.code = code


@no_transaction
def followed(*, lines: Sequence[str]) -> Iterator[urls.ClipUrl | Refused]:
    """What each line means, in their order, each as soon as it is known. Every link may take five seconds."""
    return _followed(lines)


def _followed(lines: Sequence[str]) -> Iterator[urls.ClipUrl | Refused]:
    resolver = short_links.from_settings()
    with ThreadPoolExecutor(max_workers=FOLLOWED_AT_ONCE) as pool:
        yield from pool.map(lambda line: _read(line, resolver), lines)


def _read(line: str, resolver: short_links.ShortLinks) -> urls.ClipUrl | Refused:
    try:
        url = urls.parse_clip_url(line)
        if url.follow is None:
            return url
        return urls.parse_clip_url(resolver.resolve(url.follow, arrived=_is_clip))
    except urls.UnreadableUrl as error:
        return UnusableLink(error.code, error.sentence)
    except Refused as refused:
        return refused
    except ProviderFailed as failure:
        return UnusableLink(LINK_NOT_ANSWERED, failure.sentence)


def _is_clip(address: str) -> bool:
    try:
        return urls.parse_clip_url(address).id is not None
    except urls.UnreadableUrl:
        return False
