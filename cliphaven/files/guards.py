"""What answers about files need: where a page may send one, and that none is ever taken for a page of ours."""

from django.http import HttpResponse

from cliphaven.providers import storage


def may_send_files(page: HttpResponse) -> HttpResponse:
    """Let this page, and no other, send files to the storage, by form and by script."""
    if storage.is_set_up():
        origin = storage.origin()
        page._csp_update = {"form-action": [origin], "connect-src": ["'self'", origin]}  # type: ignore[attr-defined]
    return page


def file_answer(content: bytes, *, content_type: str, name: str, is_public: bool) -> HttpResponse:
    """A file as an answer, to be shown in its place: of this type whatever is in it, and never run as a page of ours.

    What is public may be kept by whoever carries it, since another file has another address. `name` is of our making.
    """
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "public, max-age=86400, immutable" if is_public else "no-store"
    return answer
