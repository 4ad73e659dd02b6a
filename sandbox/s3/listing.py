"""ListObjectsV2: pages of keys, folded at a delimiter."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape  # nosec B406  # writes, and reads nothing

from starlette.datastructures import QueryParams

from sandbox.store import Json

MOST_KEYS: Final = 1_000
_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"


def listing_xml(bucket: str, objects: list[Json], query: QueryParams) -> str:
    """The answer to a list request over a bucket's objects."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    limit = min(MOST_KEYS, int(query.get("max-keys", str(MOST_KEYS))))
    after = query.get("continuation-token") or query.get("start-after", "")
    entries = _entries(sorted(objects, key=lambda known: str(known["key"])), prefix, delimiter)
    rest = [entry for entry in entries if entry[0] > after]
    page = rest[:limit]
    written = (lambda text: quote(text, safe="/")) if query.get("encoding-type") == "url" else escape
    parts = [
        f"<Name>{escape(bucket)}</Name><Prefix>{written(prefix)}</Prefix><MaxKeys>{limit}</MaxKeys>",
        f"<KeyCount>{len(page)}</KeyCount><IsTruncated>{'true' if len(rest) > limit else 'false'}</IsTruncated>",
    ]
    if query.get("encoding-type") == "url":
        parts.append("<EncodingType>url</EncodingType>")
    if delimiter:
        parts.append(f"<Delimiter>{written(delimiter)}</Delimiter>")
    if len(rest) > limit:
        parts.append(f"<NextContinuationToken>{escape(page[-1][0])}</NextContinuationToken>")
    for name, known in page:
        if known is None:
            parts.append(f"<CommonPrefixes><Prefix>{written(name)}</Prefix></CommonPrefixes>")
        else:
            modified = datetime.fromtimestamp(known["modified_unix"], UTC)
            parts.append(
                f"<Contents><Key>{written(name)}</Key><LastModified>{modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
                f"<ETag>{escape(known['etag'])}</ETag><Size>{known['size']}</Size>"
                "<StorageClass>STANDARD</StorageClass></Contents>"
            )
    body = "".join(parts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="{_NAMESPACE}">{body}</ListBucketResult>'


def _entries(objects: list[Json], prefix: str, delimiter: str) -> list[tuple[str, Json | None]]:
    """Keys with their objects, and folders (None) where the delimiter folds keys together, in order."""
    found: dict[str, Json | None] = {}
    for known in objects:
        key = known["key"]
        if not key.startswith(prefix):
            continue
        folder, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        if mark:
            found[prefix + folder + mark] = None
        else:
            found[key] = known
    return sorted(found.items(), key=lambda entry: entry[0])
