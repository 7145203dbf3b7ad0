#!/usr/bin/env bash
# Install a foreign tool for tests, into a virtual environment of its own: scripts/install_tool.sh airflow
# Its pinned packages are in scripts/tools/NAME.txt; the environment is ${MESHWRIGHT_TOOLS:-~/.cache/meshwright/tools}/NAME.
# Does nothing where that file was installed already. A half-made environment is made anew, and two at once wait for each other.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

name=${1:-}
pins="$here/tools/$name.txt"
if [[ ! $name =~ ^[a-z][a-z0-9_]*$ || ! -f $pins ]]; then
    known=$(cd "$here/tools" && for pin in *.txt; do printf ' %s' "${pin%.txt}"; done)
    echo "usage: scripts/install_tool.sh NAME; names:$known" >&2
    exit 2
fi

tools=${MESHWRIGHT_TOOLS:-$HOME/.cache/meshwright/tools}
place="$tools/$name"
mkdir -p "$tools"
exec 9>"$tools/$name.lock"
flock 9

wanted=$(sha256sum <"$pins")
[ "$(cat "$place/installed" 2>/dev/null)" = "$wanted" ] && exit 0
echo "installing $name into $place" >&2
rm -rf "$place"
"${PYTHON:-python3}" -m venv "$place"
"$place/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
"$place/bin/python" -m pip install --quiet --requirement "$pins"
echo "$wanted" >"$place/installed"
