"""What sponsors read about doubt: what is looked at, in a few words that accuse nobody."""

from collections.abc import Iterable, Mapping

from cliphaven.fraud.rules.signals.found import Signal

WORDS_MAX = 3
_WORDS: Mapping[Signal, str] = {
    Signal.ELASTIC: "Likes did not grow with the views",
    Signal.ELASTIC_JOINT: "Likes, comments and shares did not grow with the views",
    Signal.SLUMP: "New views brought far fewer likes than earlier ones",
    Signal.ENG_TOTAL: "There are few likes for so many views",
    Signal.COM_LIKE: "Comments and likes stand in an unusual proportion",
    Signal.BURST: "Many views came within a short time",
    Signal.CONST: "Views came at an unusually even pace",
    Signal.EDGES: "Views began and ended abruptly",
    Signal.FLAT_NIGHT: "Views hardly follow the time of day",
    Signal.PURGE: "The platform took views back",
    Signal.PACKAGE: "Likes or shares rose in round numbers",
    Signal.LOCKSTEP: "Views rise and fall together with those of another clip",
    Signal.RECIDIVISM: "Views of an earlier clip were taken back",
    Signal.DUPLICATE: "Its thumbnail looks like that of an earlier clip",
    Signal.SELF_DEALING: "The account has something in common with one of your own organisation",
    Signal.RING: "Several accounts have something in common",
}


def words(signals: Iterable[str]) -> list[str]:
    """The words for signals by their names, each once, in their order; at most three."""
    said = [_WORDS[Signal(name)] for name in signals if name in _WORDS]
    return list(dict.fromkeys(said))[:WORDS_MAX]
