#!/bin/sh
# Exits with 0 where the container is fit to work in, else names what is wrong. `--versions` runs every tool, which takes longer.
set -u
faults=0

fault() {
  echo "$1" >&2
  faults=$((faults + 1))
}

for tool in git gh zsh python3 node claude codex gemini copilot backlog ${DEVCONTAINER_TOOLS:-}; do
  if ! path=$(command -v "$tool"); then
    fault "$tool is not on PATH"
  elif [ ! -x "$(readlink -f "$path")" ]; then
    fault "$tool leads to $(readlink -f "$path"), which is no program"
  elif [ "${1:-}" = --versions ]; then
    "$tool" --version || fault "$tool --version ended with $?"
  fi
done

[ "$(id -u)" -ne 0 ] || fault "it runs as root"
[ -w "$HOME" ] || fault "the home folder $HOME cannot be written to"
python3 -c 'import sqlite3, ssl' || fault "Python lacks a part of its library"
node -e 'process.exit(process.versions.node.split(".")[0] >= 22 ? 0 : 1)' || fault "Node is older than 22"

exit "$((faults > 0))"
