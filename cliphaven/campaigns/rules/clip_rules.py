"""The typed rules of a campaign for its clips: what a sponsor may require so that a machine can look for it. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

WORDS_MAX = 10
"""Most mentions, tags or phrases that one campaign requires, of each kind."""
VALUE_MAX = 100
SECONDS_MAX = 12 * 60 * 60
LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""Languages that a clip may be required to be in, by the code that the platforms use."""

_MENTION = re.compile(r"[A-Za-z0-9._-]{1,100}")
_TAG = re.compile(r"\w{1,100}")


class RuleKind(StrEnum):
    """What a rule is about. Platform and age of a clip are terms of their own, which every campaign has."""

    MENTION = "mention"
    HASHTAG = "hashtag"
    PHRASE = "phrase"
    MIN_SECONDS = "min_seconds"
    MAX_SECONDS = "max_seconds"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, order=True)
class ClipRule:
    """One rule. `value` is a handle or tag without its sign, a phrase, seconds in digits, or a language's code."""

    kind: str
    value: str

    @property
    def label(self) -> str:
        """The rule as a line of a list."""
        match self.kind:
            case RuleKind.MENTION:
                return f"The caption mentions @{self.value}"
            case RuleKind.HASHTAG:
                return f"The caption carries #{self.value}"
            case RuleKind.PHRASE:
                return f"The caption says “{self.value}”"
            case RuleKind.MIN_SECONDS:
                return f"At least {self.value} seconds long"
            case RuleKind.MAX_SECONDS:
                return f"At most {self.value} seconds long"
        return f"In {LANGUAGES.get(self.value, self.value)}"


def words_typed(text: str, *, sign: str) -> tuple[str, ...]:
    """Handles or tags as people type them, in one line or several: signs and commas do not matter, nor do repeats."""
    words = (word.removeprefix(sign) for word in re.split(r"[\s,;]+", unicodedata.normalize("NFKC", text)))
    return tuple(dict.fromkeys(word for word in words if word))


def phrases_typed(text: str) -> tuple[str, ...]:
    """Phrases as people type them, one a line."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFKC", text).splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def in_order(rules: Iterable[ClipRule]) -> tuple[ClipRule, ...]:
    """The rules in the order of their kinds, each once. Their kinds must be known."""
    kinds: list[str] = [kind.value for kind in RuleKind]
    return tuple(sorted({*rules}, key=lambda rule: (kinds.index(rule.kind), rule.value)))


def problems_of_rules(rules: Sequence[ClipRule]) -> list[str]:
    """Sentences about what is wrong with proposed rules; none when they are sound."""
    if any(rule.kind not in [kind.value for kind in RuleKind] for rule in rules):
        return ["One of the rules is of no kind that clips can be checked for"]
    problems = []
    values = {kind: [rule.value for rule in rules if rule.kind == kind] for kind in RuleKind}
    if any(_MENTION.fullmatch(handle) is None for handle in values[RuleKind.MENTION]):
        problems.append("A mention is a handle, such as @name")
    if any(_TAG.fullmatch(tag) is None for tag in values[RuleKind.HASHTAG]):
        problems.append("A hashtag is one word of letters and digits, such as #name")
    if any(not phrase.strip() or len(phrase) > VALUE_MAX for phrase in values[RuleKind.PHRASE]):
        problems.append(f"A phrase has {VALUE_MAX} characters at most")
    for kind, of in ((RuleKind.MENTION, "mentions"), (RuleKind.HASHTAG, "hashtags"), (RuleKind.PHRASE, "phrases")):
        if len(values[kind]) > WORDS_MAX:
            problems.append(f"A clip can be asked for {WORDS_MAX} {of} at most")
    if any(language not in LANGUAGES for language in values[RuleKind.LANGUAGE]):
        problems.append("Choose one of the languages shown")
    return problems + _problems_of_seconds(values)


def _problems_of_seconds(values: dict[RuleKind, list[str]]) -> list[str]:
    lengths = {kind: values[kind] for kind in (RuleKind.MIN_SECONDS, RuleKind.MAX_SECONDS)}
    if any(len(given) > 1 for given in [*lengths.values(), values[RuleKind.LANGUAGE]]):
        return ["A campaign has one shortest and one longest length, and one language"]
    given = {kind: int(found[0]) for kind, found in lengths.items() if found and _is_length(found[0])}
    if len(given) < sum(len(found) for found in lengths.values()):
        return [f"A length is between 1 and {SECONDS_MAX:,} seconds"]
    if len(given) == len(lengths) and given[RuleKind.MIN_SECONDS] > given[RuleKind.MAX_SECONDS]:
        return ["The shortest length is longer than the longest one"]
    return []


def _is_length(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 6 and 1 <= int(digits) <= SECONDS_MAX
