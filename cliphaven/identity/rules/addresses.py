"""How mail addresses are written here, so that each belongs to one person; and which addresses of pages are ours."""

from urllib.parse import urlsplit


def address_of(email: str) -> str:
    """The address as it is kept and looked for, however somebody typed it."""
    return email.strip().lower()


def person_key(user_id: int) -> str:
    """Under which name a person's tries are counted beside those on addresses, none of which looks like it."""
    return f"person:{user_id}"


def path_of_ours(address: str, *, host: str) -> str:
    """The path and question of an address of this site, given whole or as a path; "" for anything else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    # "//elsewhere" and "/\\elsewhere" pass for paths, and browsers read other sites in them.
    strange = ("//", "/\\")
    is_path = path.startswith("/") and not path.startswith(strange) and path.isprintable()
    if address.startswith(strange):
        return ""
    return path if is_path and parts.netloc in ("", host) and parts.scheme in ("", "http", "https") else ""
