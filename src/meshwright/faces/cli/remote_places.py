"""Commands that work where the mesh lies, or on files of one's own, and refuse a server: each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.diagnostics import Diagnostic, InputError

_HERE = "leave --server away, and unset MESHWRIGHT_SERVER (or give --server '')"
_FILES = f"{_HERE}: it needs no server"
_EDITS = (
    "give it in a working copy of the mesh, without --server; the server sees the change when it is in its own folder"
)
_OPERATES = "give it on the server's machine, in the mesh's folder, without --server"

#: Command -> why it is not done through a server, and what to do.
PLACES: Mapping[str, tuple[str, str]] = {
    "init": ("it makes a new mesh in a folder here", _HERE),
    "domain new": ("it writes files of the mesh", _EDITS),
    "product new": ("it writes files of the mesh", _EDITS),
    "policy add": ("it writes files of the mesh", _EDITS),
    "exemption add": ("it writes files of the mesh", _EDITS),
    "component lock": ("it writes files of the mesh", _EDITS),
    "component update": ("it writes files of the mesh", _EDITS),
    "contract lint": ("it reads a contract that lies here", _FILES),
    "contract test": ("it reads a contract and data that lie here", _FILES),
    "contract diff": ("it reads contracts that lie here", _FILES),
    "contract import": ("it reads a file that lies here", _FILES),
    "contract export": ("it reads a contract that lies here", _FILES),
    "worker": ("it runs what a mesh's schedules start, on the machine where it is given", _OPERATES),
    "serve": ("it makes a server, and asks none", _OPERATES),
    "state migrate": ("it changes the state database that a server has open", _OPERATES),
    "gc": ("it deletes files of the store", _OPERATES),
    "compact": ("it writes files of the store", _OPERATES),
    "verify": ("it reads every file of the store, and may mend it", _OPERATES),
    "doctor": ("it looks at the machine where it is given", _OPERATES),
}


def refused(words: str) -> InputError:
    """Return the error about a command that is not done through a server (MW-U024)."""
    reason, fix = PLACES[words]
    return InputError(
        Diagnostic(code="MW-U024", message=f"'mw {words}' does not work through a server: {reason}", fix=fix)
    )


def refused_draft(file: str) -> InputError:
    """Return the error about a policy that is a file here (MW-U024): a server judges its own, and runs nobody else's SQL."""
    return InputError(
        Diagnostic(
            code="MW-U024",
            message=f"'mw policy test {file}' does not work through a server: it judges its own policies, and the file lies here",
            fix=f"name a policy as mw policy list does; a draft is tried where the mesh lies ({_HERE})",
        )
    )


def starter_lies_here() -> InputError:
    """Return the error about the starter set of policies (MW-U024): it came with the meshwright that is installed here."""
    message = "'mw policy list --available' does not work through a server: it lists what came with the meshwright here"
    return InputError(Diagnostic(code="MW-U024", message=message, fix=_FILES))
