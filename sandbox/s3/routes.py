"""The S3 API, path style. Every bucket name exists: a real bucket is made once, by hand, before the house moves in."""

import hashlib
import tempfile
from email.utils import formatdate
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.s3.access import refusal
from sandbox.s3.body import BadBodyError, unpacked
from sandbox.s3.listing import listing_xml
from sandbox.store import Json
from sandbox.vendor_errors import s3_error
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """The routes under /s3."""
    storage = _Storage(world)
    return [
        Route("/{bucket}", storage.bucket, methods=["GET", "HEAD", "PUT"]),
        Route("/{bucket}/", storage.bucket, methods=["GET", "HEAD", "PUT"]),
        Route("/{bucket}/{key:path}", storage.object, methods=["GET", "HEAD", "PUT", "DELETE"]),
    ]


class _Storage:
    """Objects by bucket and key: what is known of them in the store, their bytes in files named by digest."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder = world.config.files_dir or Path(tempfile.mkdtemp(prefix="sandbox-s3-"))
        self.folder.mkdir(parents=True, exist_ok=True)

    async def bucket(self, request: Request) -> Response:
        """List a bucket (ListObjectsV2), or say that it is there."""
        refused = refusal(request, public=False)
        if refused is not None:
            return s3_error(403, "AccessDenied", refused)
        if request.method != "GET":
            return Response(status_code=200)
        name = request.path_params["bucket"]
        found = [known for known in self.world.store.all("s3_object") if known["bucket"] == name]
        return Response(listing_xml(name, found, request.query_params), media_type="application/xml")

    async def object(self, request: Request) -> Response:
        """Put, get, look at or delete one object."""
        bucket, key = request.path_params["bucket"], request.path_params["key"]
        known = self.world.store.get("s3_object", f"{bucket}/{key}")
        refused = refusal(request, public=known is not None and known["public"])
        if refused is not None:
            return s3_error(403, "AccessDenied", refused)
        if request.method == "PUT":
            return await self._put(request, bucket, key)
        if request.method == "DELETE":
            self.world.store.delete("s3_object", f"{bucket}/{key}")
            return Response(status_code=204)
        if known is None:
            return s3_error(404, "NoSuchKey", "The specified key does not exist.")
        return self._get(request, known)

    async def _put(self, request: Request, bucket: str, key: str) -> Response:
        headers = request.headers
        try:
            body, checksums = unpacked(await request.body(), headers)
        except BadBodyError as error:
            return s3_error(400, "BadDigest", str(error))
        digest = hashlib.sha256(body).hexdigest()
        self._write(digest, body)
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        known = {
            "bucket": bucket,
            "key": key,
            "digest": digest,
            "size": len(body),
            "etag": etag,
            "content_type": headers.get("content-type", "binary/octet-stream"),
            "content_encoding": headers.get("content-encoding", "").replace("aws-chunked", "").strip(", "),
            "metadata": {name: value for name, value in headers.items() if name.startswith("x-amz-meta-")},
            "public": headers.get("x-amz-acl") == "public-read",
            "checksums": checksums,
            "modified_unix": self.world.clock.now().timestamp(),
        }
        self.world.store.put("s3_object", f"{bucket}/{key}", known)
        return Response(status_code=200, headers={"etag": etag, **checksums})

    def _get(self, request: Request, known: Json) -> Response:
        headers = {
            "etag": known["etag"],
            "last-modified": formatdate(known["modified_unix"], usegmt=True),
            "accept-ranges": "bytes",
            **known["metadata"],
        }
        if known["content_encoding"]:
            headers["content-encoding"] = known["content_encoding"]
        if request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            headers |= known["checksums"]
        for name in ("content-disposition", "content-type", "cache-control"):
            asked = request.query_params.get(f"response-{name}")
            if asked is not None:
                headers[name] = asked
        headers.setdefault("content-type", known["content_type"])
        if request.method == "HEAD":
            return Response(headers={**headers, "content-length": str(known["size"])})
        return Response((self.folder / known["digest"]).read_bytes(), headers=headers)

    def _write(self, digest: str, body: bytes) -> None:
        """Keep the bytes under their digest; a file with that name is either whole or not there."""
        place = self.folder / digest
        if not place.exists():
            draft = place.with_suffix(".new")
            draft.write_bytes(body)
            draft.replace(place)
