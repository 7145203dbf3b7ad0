#!/usr/bin/env bash
# Install a foreign tool for tests, into a place of its own: scripts/install_tool.sh airflow
# Packages of Python are pinned in scripts/tools/NAME.txt and get a virtual environment; those of Node in the lock file of the
# folder scripts/tools/NAME, and get a folder with node_modules. The place is ${MESHWRIGHT_TOOLS:-~/.cache/meshwright/tools}/NAME.
# Does nothing where just that was installed already. A half-made place is made anew, and two at once wait for each other.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

name=${1:-}
pins="$here/tools/$name.txt"
lock="$here/tools/$name/package-lock.json"
if [[ ! $name =~ ^[a-z][a-z0-9_]*$ || ! ( -f $pins || -f $lock ) ]]; then
    known=$(cd "$here/tools" && for each in *; do printf ' %s' "${each%.txt}"; done)
    echo "usage: scripts/install_tool.sh NAME; names:$known" >&2
    exit 2
fi

tools=${MESHWRIGHT_TOOLS:-$HOME/.cache/meshwright/tools}
place="$tools/$name"
mkdir -p "$tools"
exec 9>"$tools/$name.lock"
flock 9

[ -f "$pins" ] || pins=$lock
wanted=$(sha256sum <"$pins")
[ "$(cat "$place/installed" 2>/dev/null)" = "$wanted" ] && exit 0
echo "installing $name into $place" >&2
rm -rf "$place"
if [ "$pins" = "$lock" ]; then
    mkdir "$place"
    cp "${lock%/*}"/package.json "$lock" "$place"
    # No scripts of packages: nothing here needs them.
    (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --loglevel error >&2)
else
    "${PYTHON:-python3}" -m venv "$place"
    "$place/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
    "$place/bin/python" -m pip install --quiet --requirement "$pins"
fi
echo "$wanted" >"$place/installed"
