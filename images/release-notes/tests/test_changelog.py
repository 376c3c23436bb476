import unittest

from release_notes.changelog import Release, parse_changelog

CHANGELOG = """# Changelog
All notable changes.

## [Unreleased]

## [1.1.0] - 2026-03-01
### Added
- A thing

```
## 9.9.9 is code
```

## [1.0.0](https://example.com/compare) (2026-01-15)
- First

## Acknowledgements
- Everybody
"""


class ParseChangelog(unittest.TestCase):
    def test_reads_releases_in_order(self) -> None:
        releases = parse_changelog(CHANGELOG)
        self.assertEqual(
            [(release.version, release.date) for release in releases],
            [("Unreleased", None), ("1.1.0", "2026-03-01"), ("1.0.0", "2026-01-15")],
        )
        self.assertIn("## 9.9.9 is code", releases[1].markdown)
        self.assertIn("Acknowledgements", releases[2].markdown)

    def test_headings(self) -> None:
        cases = {
            "## 1.2.3": ("1.2.3", None),
            "## v2.0.0-rc.1 - 2026-05-06": ("2.0.0-rc.1", "2026-05-06"),
            "## [3.0] — 2026-07-08": ("3.0", "2026-07-08"),
            "## unreleased": ("unreleased", None),
        }
        for heading, (version, date) in cases.items():
            with self.subTest(heading):
                self.assertEqual(parse_changelog(heading), [Release(version, date, "")])

    def test_other_headings_open_nothing(self) -> None:
        for text in ("", "# 1.0.0", "### 1.0.0", "## Notes", "~~~\n## 1.0.0\n```\n## 2.0.0"):
            with self.subTest(text):
                self.assertEqual(parse_changelog(text), [])
