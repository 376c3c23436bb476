import io
import tempfile
import unittest
from pathlib import Path

from release_notes.web import LARGEST_BODY, make_app


class Web(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        (Path(folder.name) / "relay.md").write_text("## 2.0.0 - 2026-02-03\n- **new** & shiny\n\n## 1.0.0\n- first\n")
        self.app = make_app(Path(folder.name))

    def request(self, method: str, path: str, body: bytes = b"", length: int | None = None) -> tuple[str, str]:
        statuses: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body) if length is None else length),
            "wsgi.input": io.BytesIO(body),
        }
        chunks = self.app(environ, lambda status, _headers: statuses.append(status))
        return statuses[0], b"".join(chunks).decode()

    def test_is_well(self) -> None:
        self.assertEqual(self.request("GET", "/healthz"), ("200 OK", '{"status": "ok"}'))

    def test_lists_changelogs(self) -> None:
        self.assertIn('<a href="/notes/relay">relay</a>', self.request("GET", "/")[1])

    def test_shows_all_releases_or_one(self) -> None:
        status, text = self.request("GET", "/notes/relay")
        self.assertEqual(status, "200 OK")
        self.assertIn("<strong>new</strong> &amp; shiny", text)
        self.assertIn('<section id="1.0.0">', text)
        self.assertNotIn('<section id="1.0.0">', self.request("GET", "/notes/relay/2.0.0")[1])

    def test_cleans_what_others_wrote(self) -> None:
        body = b"# Hi\n<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))\n\n|a|\n|-|\n|b|\n"
        text = self.request("POST", "/render", body)[1]
        self.assertIn("<h1>Hi</h1>", text)
        self.assertIn("<td>b</td>", text)
        for bad in ("<script", "onerror", 'href="javascript'):
            self.assertNotIn(bad, text)

    def test_refuses(self) -> None:
        cases = [
            ("GET", "/nothing", b"", None, "404 Not Found"),
            ("GET", "/notes/nobody", b"", None, "404 Not Found"),
            ("GET", "/notes/relay/9.9.9", b"", None, "404 Not Found"),
            ("GET", "/notes/../relay", b"", None, "404 Not Found"),
            ("GET", "/render", b"", None, "405 Method Not Allowed"),
            ("DELETE", "/healthz", b"", None, "405 Method Not Allowed"),
            ("POST", "/render", b"\xff", None, "400 Bad Request"),
            ("POST", "/render", b"", LARGEST_BODY + 1, "413 "),
        ]
        for method, path, body, length, expected in cases:
            with self.subTest(f"{method} {path} {expected}"):
                self.assertTrue(self.request(method, path, body, length)[0].startswith(expected))
