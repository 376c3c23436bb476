#!/usr/bin/env bash
# propose.sh BRANCH TITLE BODY FILE...: a pull request with what has changed of some files; nothing where nothing has.
set -euo pipefail
branch=$1 title=$2 body=$3
shift 3
existing=()
for file in "$@"; do if [ -e "$file" ]; then existing+=("$file"); fi; done
if [ -z "$(git status --porcelain -- "${existing[@]}")" ]; then
  echo "Nothing has changed: there is nothing to propose."
  exit 0
fi
git switch --create "$branch"
git add -- "${existing[@]}"
git -c user.name="${ACTOR:-image-factory}" -c user.email="image-factory@users.noreply.github.com" commit --message "$title"
git push origin "$branch"
gh pr create --head "$branch" --base main --title "$title" --body-file "$body"
