"""`python3 -m release_notes serve` and `python3 -m release_notes render`."""

import argparse
import signal
import sys
from pathlib import Path

import waitress

from .changelog import parse_changelog
from .render import page, render_releases
from .web import LARGEST_BODY, make_app


def main() -> None:
    """Runs the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="release-notes", description="Markdown changelogs as web pages.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="answer HTTP requests")
    serve.add_argument("--port", type=int, default=8080)
    serve.add_argument("--changelogs", type=Path, default=Path("/changelogs"), help="folder of <name>.md")
    render = commands.add_parser("render", help="read a changelog from standard input, write one page to standard output")
    render.add_argument("--title", default="Release notes")
    render.add_argument("--version", help="this release only")
    arguments = parser.parse_args()
    if arguments.command == "serve":
        _serve(arguments.port, arguments.changelogs)
    else:
        _render(arguments.title, arguments.version)


def _serve(port: int, changelogs: Path) -> None:
    # As process 1 of a container nothing else would end it: the kernel ignores signals that process 1 does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    waitress.serve(make_app(changelogs), listen=f"*:{port}", ident=None, max_request_body_size=LARGEST_BODY)


def _render(title: str, version: str | None) -> None:
    releases = [release for release in parse_changelog(sys.stdin.read()) if version in (None, release.version)]
    if not releases:
        sys.exit("release-notes: no such release in the changelog" if version else "release-notes: no releases found")
    sys.stdout.write(page(title, render_releases(releases)))


main()
