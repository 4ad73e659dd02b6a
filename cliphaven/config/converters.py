"""Parts of addresses that are more than a number or a word. What does not fit is an address that does not exist."""


class Week:
    """An ISO week as paydays are named: "2026-W45"."""

    regex = "[0-9]{4}-W[0-9]{2}"

    def to_python(self, value: str) -> str:
        """As it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """The same."""
        return value


class MoneyItem(Week):
    """The two kinds of items of a batch."""

    regex = "transfer|payout"


class MoneyIn(Week):
    """The three kinds of what waits for a person in money in."""

    regex = "deposit|refund|dispute"


class Switch(Week):
    """The two ways in which an account is switched."""

    regex = "on|off"
