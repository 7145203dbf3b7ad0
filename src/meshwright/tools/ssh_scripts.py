"""The shell scripts that run on the other machine: for any POSIX shell, with nothing installed there.

A job has a folder there, ``~/.meshwright/jobs/<id>``, as it has one here. Each script is one group in braces, so that a shell
that is given only a part of it, because the connection broke, does nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

#: Names the job in the environment of its processes.
MARK = "MESHWRIGHT_JOB"
#: Bytes of log that one look takes.
LOG_BYTES = 256 * 1024
_COMMON = r"""
place="$HOME/.meshwright/jobs/$job"
# When a process began: its number alone may have gone to somebody else.
began() {
    if [ -r "/proc/$1/stat" ]; then sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; else ps -o lstart= -p "$1" 2>/dev/null; fi
}
nap() { sleep 0.1 2>/dev/null || sleep 1; }
is_alive() {
    [ -s "$place/began" ] && kill -0 "$(cat "$place/started")" 2>/dev/null &&
        [ "$(began "$(cat "$place/started")")" = "$(cat "$place/began")" ]
}
"""
#: Watches over the program, in a session of its own. Asked to end, it stays, and tells how its program ended.
_WATCH = r"""
set -C
{ echo $$ > "$place/started"; } 2>/dev/null || exit 0
set +C
began $$ > "$place/began.new" && mv "$place/began.new" "$place/began"
trap : TERM HUP
"$@" > "$place/log" 2>&1 < /dev/null
echo $? > "$place/exit.new" && mv "$place/exit.new" "$place/exit"
"""
_START = r"""
mkdir -p "$place" || exit 3
chmod 700 "$HOME/.meshwright" "$HOME/.meshwright/jobs"
cd "$folder" || exit 4
[ -e "$place/started" ] || if command -v setsid > /dev/null 2>&1; then
    setsid nohup sh -c "$watch" watch "$@" > /dev/null 2>&1 < /dev/null &
else
    set -m
    nohup sh -c "$watch" watch "$@" > /dev/null 2>&1 < /dev/null &
fi
tries=0
until [ -s "$place/began" ]; do
    nap
    tries=$((tries + 1))
    [ $tries -gt 100 ] && exit 5
done
cat "$place/started"
"""
_FIND = r"""
if [ -s "$place/began" ]; then cat "$place/started"; fi
"""
_POLL = r"""
if [ ! -s "$place/began" ]; then echo none; exit 0; fi
if is_alive; then alive=yes; else alive=no; fi
if [ -s "$place/exit" ]; then state="ended $(cat "$place/exit")"; elif [ $alive = yes ]; then state=running; else state=gone; fi
[ -e "$place/cancelled" ] && state="$state cancelled"
echo "$state"
wc -c < "$place/log" 2>/dev/null || echo 0
tail -c +$((offset + 1)) "$place/log" 2>/dev/null | head -c $bytes
exit 0
"""
_TAIL = r"""
tail -c 8192 "$place/log" 2>/dev/null
exit 0
"""
_COLLECT = r"""
if [ -f "$place/values.json" ]; then head -c $bytes "$place/values.json"; fi
exit 0
"""
_CANCEL = r"""
is_alive || exit 0
[ -s "$place/exit" ] && exit 0
touch "$place/cancelled"
leader=$(cat "$place/started")
kill -TERM "-$leader" 2>/dev/null
tries=0
while [ ! -s "$place/exit" ] && is_alive; do
    nap
    tries=$((tries + 1))
    if [ $tries -gt 50 ]; then
        kill -KILL "-$leader" 2>/dev/null
        [ -s "$place/exit" ] || { echo 137 > "$place/exit.new" && mv "$place/exit.new" "$place/exit"; }
    fi
done
exit 0
"""


def start_script(job: str, command: Sequence[str], *, folder: str, variables: Mapping[str, str]) -> str:
    """Return the script that starts a command once, and prints the number of its watching process."""
    exported = {**variables, MARK: job}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exported.items()]
    lines.append('export MESHWRIGHT_VALUES="$place/values.json"')
    lines.append(f"folder={_home(folder)}")
    lines.append(f"watch={shlex.quote(_COMMON + _WATCH)}")
    lines.append("export job")
    lines.append(f"set -- {shlex.join(command)}")
    return _script(job, "\n".join(lines) + _START)


def find_script(job: str) -> str:
    """Return the script that prints the number of the watching process, where the job was started."""
    return _script(job, _FIND)


def poll_script(job: str, offset: int) -> str:
    """Return the script that prints the state, the size of the log, and the log from an offset on."""
    return _script(job, f"offset={offset}\nbytes={LOG_BYTES}\n{_POLL}")


def tail_script(job: str) -> str:
    """Return the script that prints the end of the log."""
    return _script(job, _TAIL)


def collect_script(job: str, limit_bytes: int) -> str:
    """Return the script that prints the values that the command left."""
    return _script(job, f"bytes={limit_bytes}\n{_COLLECT}")


def cancel_script(job: str) -> str:
    """Return the script that ends the command: asking first, after five seconds without."""
    return _script(job, _CANCEL)


def _script(job: str, body: str) -> str:
    return f"{{\njob={shlex.quote(job)}\n{_COMMON}\n{body}\n}}\n"


def _home(folder: str) -> str:
    """Quote a folder, whose ``~/`` at the beginning is that of the other machine."""
    if folder == "~" or folder.startswith("~/"):
        return '"$HOME"' + shlex.quote(folder[1:])
    return shlex.quote(folder)
