"""Files that creators add to an appeal: what they are is told by their first bytes, not by what they are called."""

import csv
import io

BYTES_MAX = 2 * 1024 * 1024
NAME_MAX = 120
_CSV_COLUMNS_MIN = 2
_SIGNS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"%PDF-", "pdf"))


def kind_of(content: bytes) -> str | None:
    """png, jpeg, pdf or csv; None for anything else. A table is UTF-8 text without control characters, of at least two
    columns and a line of heads."""
    for sign, kind in _SIGNS:
        if content.startswith(sign):
            return kind
    return "csv" if _is_table(content) else None


def safe_name(name: str, *, kind: str) -> str:
    """A name to keep a file under: letters, digits and dashes of the one that it came with, and its true ending."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    kept = "".join(letter if letter.isalnum() or letter in "-_ " else "-" for letter in stem).strip("- ")
    return f"{kept[: NAME_MAX - 8] or 'analytics'}.{kind}"


def _is_table(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return False
    if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        return False
    filled = [row for row in rows if row]
    return len(filled) >= 2 and len(filled[0]) >= _CSV_COLUMNS_MIN and not text.startswith("<")
