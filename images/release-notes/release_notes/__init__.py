"""Release notes: Markdown changelogs as web pages."""
