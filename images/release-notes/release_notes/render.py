"""Markdown to HTML that is safe to show, whoever wrote it."""

from html import escape

import nh3
from markdown_it import MarkdownIt

from .changelog import Release

_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "time{color:#666;font-size:1rem;font-weight:400}"
    "code{background:#f3f3f3;padding:.1em .3em}pre{overflow:auto}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2em .6em}"
)


def render_markdown(markdown: str) -> str:
    """HTML of a Markdown text, without scripts, styles, event handlers or links that run something."""
    return nh3.clean(_markdown.render(markdown))


def render_releases(releases: list[Release]) -> str:
    """HTML of releases, each a section whose id is its version."""
    return "\n".join(_section(release) for release in releases)


def page(title: str, body: str) -> str:
    """A whole page; `body` is HTML, `title` is text."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _section(release: Release) -> str:
    date = f" <time>{release.date}</time>" if release.date else ""
    version = escape(release.version)
    return f'<section id="{version}">\n<h2>{version}{date}</h2>\n{render_markdown(release.markdown)}</section>'
