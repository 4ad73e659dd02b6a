"""How mail addresses are written here, so that each belongs to one person."""


def address_of(email: str) -> str:
    """The address as it is kept and looked for, however somebody typed it."""
    return email.strip().lower()
