"""The web service, as a WSGI application."""

import json
import re
from collections.abc import Callable, Iterable
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .changelog import parse_changelog
from .render import page, render_markdown, render_releases

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
Answer = tuple[HTTPStatus, str, str]

# Larger changelogs than 4 MiB are refused.
LARGEST_BODY = 4 << 20

_NOTES = re.compile(r"^/notes/(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:/(?P<version>[^/]+))?$")
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
# Pages hold what others wrote: even a mistake in the cleaning must not run anything.
_HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src https:"),
    ("X-Content-Type-Options", "nosniff"),
]


def make_app(changelogs: Path) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """The service over a folder of changelogs, `<name>.md` each; read anew for each request."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        status, content_type, text = _answer(environ, changelogs)
        body = text.encode()
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *_HEADERS]
        start_response(f"{status.value} {status.phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return app


def _answer(environ: Environ, changelogs: Path) -> Answer:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
    if path == "/render":
        return _render(environ) if method == "POST" else _error(HTTPStatus.METHOD_NOT_ALLOWED)
    if method not in ("GET", "HEAD"):
        return _error(HTTPStatus.METHOD_NOT_ALLOWED)
    if path == "/healthz":
        return HTTPStatus.OK, _JSON, json.dumps({"status": "ok"})
    if path == "/":
        return _index(changelogs)
    notes = _NOTES.match(path)
    return _notes(changelogs, notes["name"], notes["version"]) if notes else _error(HTTPStatus.NOT_FOUND)


def _render(environ: Environ) -> Answer:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return _error(HTTPStatus.BAD_REQUEST)
    if length > LARGEST_BODY:
        return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        text = environ["wsgi.input"].read(length).decode()
    except UnicodeDecodeError:
        return _error(HTTPStatus.BAD_REQUEST)
    return HTTPStatus.OK, _HTML, page("Release notes", render_markdown(text))


def _index(changelogs: Path) -> Answer:
    names = sorted(file.stem for file in changelogs.glob("*.md"))
    items = "".join(f'<li><a href="/notes/{quote(name)}">{escape(name)}</a></li>' for name in names)
    return HTTPStatus.OK, _HTML, page("Release notes", f"<ul>{items}</ul>" if items else "<p>No changelogs yet.</p>")


def _notes(changelogs: Path, name: str, version: str | None) -> Answer:
    try:
        text = (changelogs / f"{name}.md").read_text()
    except FileNotFoundError:
        return _error(HTTPStatus.NOT_FOUND)
    releases = [release for release in parse_changelog(text) if version in (None, release.version)]
    if version and not releases:
        return _error(HTTPStatus.NOT_FOUND)
    return HTTPStatus.OK, _HTML, page(name, render_releases(releases))


def _error(status: HTTPStatus) -> Answer:
    return status, _JSON, json.dumps({"error": status.phrase.lower()})
