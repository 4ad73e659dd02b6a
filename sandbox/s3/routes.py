"""The S3 API, path style. Every bucket name exists: a real bucket is made once, by hand, before the house moves in."""

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape  # nosec B406  # writes, and reads nothing

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.s3.access import refusal
from sandbox.s3.body import BadBodyError, unpacked
from sandbox.s3.listing import listing_xml
from sandbox.s3.policy import KeyPair, PostRefusedError, check
from sandbox.s3.post_body import BadFormError, PostedForm, posted_form
from sandbox.store import Json
from sandbox.vendor_errors import s3_error
from sandbox.world import World


def routes(world: World) -> list[BaseRoute]:
    """The routes under /s3."""
    storage = _Storage(world)
    return [
        Route("/{bucket}", storage.post, methods=["POST", "OPTIONS"]),
        Route("/{bucket}/", storage.post, methods=["POST", "OPTIONS"]),
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

    async def post(self, request: Request) -> Response:
        """A browser's upload by form. The bucket lets pages of the site read the answer (CORS)."""
        answer = Response(status_code=200) if request.method == "OPTIONS" else await self._posted(request)
        origin = request.headers.get("origin")
        if origin is not None and origin == self._site_origin():
            answer.headers["access-control-allow-origin"] = origin
            answer.headers["access-control-allow-methods"] = "POST"
            answer.headers["access-control-expose-headers"] = "ETag"
            answer.headers["vary"] = "Origin"
        return answer

    async def _posted(self, request: Request) -> Response:
        bucket, config = request.path_params["bucket"], self.world.config
        try:
            form = posted_form(request.headers.get("content-type", ""), await request.body())
            keys = KeyPair(config.s3_access_key_id, config.s3_secret_access_key)
            check(form.fields, bucket=bucket, size=len(form.file), keys=keys, now=datetime.now(UTC))
        except BadFormError as error:
            return s3_error(400, "MalformedPOSTRequest", str(error))
        except PostRefusedError as refused:
            return s3_error(refused.status, refused.code, escape(refused.message))
        key = form.fields["key"].replace("${filename}", form.file_name)
        etag = self._keep(bucket, key, form.file, form.fields, checksums={})
        return self._told_of_post(bucket, key, etag, form)

    def _told_of_post(self, bucket: str, key: str, etag: str, form: PostedForm) -> Response:
        place = f"{self.world.config.public_url}/s3/{bucket}/{quote(key)}"
        headers = {"etag": etag, "location": place}
        target = form.fields.get("success_action_redirect", "")
        if urlsplit(target).scheme in ("http", "https"):
            told = urlencode({"bucket": bucket, "key": key, "etag": etag})
            headers["location"] = f"{target}{'&' if urlsplit(target).query else '?'}{told}"
            return Response(status_code=303, headers=headers)
        status = form.fields.get("success_action_status", "204")
        if status != "201":
            return Response(status_code=200 if status == "200" else 204, headers=headers)
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>'
            f"<Location>{escape(place)}</Location><Bucket>{escape(bucket)}</Bucket><Key>{escape(key)}</Key>"
            f"<ETag>{escape(etag)}</ETag></PostResponse>"
        )
        return Response(body, 201, headers, media_type="application/xml")

    def _site_origin(self) -> str:
        """The house's pages, which this world knows by where its letters go."""
        site = urlsplit(self.world.config.webhook_url or "")
        return f"{site.scheme}://{site.netloc}"

    async def _put(self, request: Request, bucket: str, key: str) -> Response:
        headers = request.headers
        try:
            body, checksums = unpacked(await request.body(), headers)
        except BadBodyError as error:
            return s3_error(400, "BadDigest", str(error))
        etag = self._keep(bucket, key, body, headers, checksums=checksums)
        return Response(status_code=200, headers={"etag": etag, **checksums})

    def _keep(
        self, bucket: str, key: str, body: bytes, said: Mapping[str, str], *, checksums: Mapping[str, str]
    ) -> str:
        """Keep an object as headers, or fields of a form, say; answers its tag. Another under this key is gone."""
        digest = hashlib.sha256(body).hexdigest()
        self._write(digest, body)
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        known = {
            "bucket": bucket,
            "key": key,
            "digest": digest,
            "size": len(body),
            "etag": etag,
            "content_type": said.get("content-type", "binary/octet-stream"),
            "content_encoding": said.get("content-encoding", "").replace("aws-chunked", "").strip(", "),
            "metadata": {name: value for name, value in said.items() if name.startswith("x-amz-meta-")},
            "public": said.get("x-amz-acl", said.get("acl")) == "public-read",
            "checksums": dict(checksums),
            "modified_unix": self.world.clock.now().timestamp(),
        }
        self.world.store.put("s3_object", f"{bucket}/{key}", known)
        return etag

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
