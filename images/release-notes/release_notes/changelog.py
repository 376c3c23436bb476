"""Reading a Markdown changelog as a list of releases."""

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^##\s+(?P<title>.+?)\s*$")
_TITLE = re.compile(
    r"^\[?v?(?P<version>\d+(?:\.\d+)*[^\s\]]*|unreleased)\]?(?:\([^)]*\))?"
    r"(?:\s*(?:[-–—(]\s*)?(?P<date>\d{4}-\d{2}-\d{2})\)?)?",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^ {0,3}(?P<marks>`{3,}|~{3,})(?P<info>.*)$")


@dataclass(frozen=True)
class Release:
    """One section of a changelog: `## [1.2.0] - 2026-03-01` and all below it."""

    version: str
    date: str | None
    markdown: str


def parse_changelog(text: str) -> list[Release]:
    """The releases in the order of the text.

    Follows keepachangelog.com and what release tools write: a second-level heading opens a release if it begins with a
    version number or with "Unreleased". A heading inside a fenced code block is code. Text before the first release
    belongs to none.
    """
    releases: list[Release] = []
    current: tuple[str, str | None, list[str]] | None = None
    fence: str | None = None
    for line in text.splitlines():
        opens = None if fence else _release_heading(line)
        fence = _fence_after(line, fence)
        if opens:
            _close(releases, current)
            current = (*opens, [])
        elif current:
            current[2].append(line)
    _close(releases, current)
    return releases


def _release_heading(line: str) -> tuple[str, str | None] | None:
    heading = _HEADING.match(line)
    title = _TITLE.match(heading["title"]) if heading else None
    return (title["version"], title["date"]) if title else None


def _fence_after(line: str, fence: str | None) -> str | None:
    """The marks of the code block that is open after a line, or None."""
    match = _FENCE.match(line)
    if not match:
        return fence
    marks = match["marks"]
    if fence is None:
        return marks
    closes = marks[0] == fence[0] and len(marks) >= len(fence) and not match["info"].strip()
    return None if closes else fence


def _close(releases: list[Release], current: tuple[str, str | None, list[str]] | None) -> None:
    if current:
        version, date, lines = current
        releases.append(Release(version, date, "\n".join(lines).strip()))
