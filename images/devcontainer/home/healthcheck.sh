#!/bin/sh
# Exits with 0 where the container is fit to work in, else names what is wrong. `--versions` runs every tool, which takes longer.
set -u
faults=0

fault() {
  echo "$1" >&2
  faults=1
}

health-check "$@" || faults=1
python3 -c 'import sqlite3, ssl' || fault "Python lacks a part of its library"
node -e 'process.exit(process.versions.node.split(".")[0] >= 22 ? 0 : 1)' || fault "Node is older than 22"

exit "$faults"
