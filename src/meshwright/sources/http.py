"""Files on the web: one URL, observed by a HEAD request and downloaded before it is read.

The strength follows from what the server tells: an ETag names the content (a snapshot), a time and a length are weak, and
of a server that tells nothing only the download shows whether anything changed.
"""

from __future__ import annotations

import base64
import email.message
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import unquote, urlsplit, urlunsplit

from meshwright.diagnostics import MeshwrightError
from meshwright.frozen import dataclass
from meshwright.model import FileSource, Node, SourceObservation, Strength, identity
from meshwright.model.references import without_references
from meshwright.sources.context import Context, Kind, source_error, unseen_key
from meshwright.sources.localfiles import hash_file
from meshwright.sources.protocol import Fetched

_CHUNK_BYTES = 1 << 20
#: How much of a text file `check` asks for: more than an engine looks at, so that it cuts at the end of a record.
_HEAD_BYTES = (1 << 20) + (1 << 16)
#: A file that must be whole to be understood is fetched for `check` up to this size.
_WHOLE_BYTES = 64 << 20
_LONGEST_WAIT_S = 30.0
_REDIRECTS = 10
_RETRIED = frozenset({429, 500, 502, 503, 504})
#: Answers of servers that know no HEAD for this resource.
_NO_HEAD = frozenset({400, 401, 403, 405, 501})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    """A request with its references resolved; lives for one call and is never shown."""

    url: str
    headers: Mapping[str, str]


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to the web alone, and takes no credentials to another host."""

    max_redirections = _REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: email.message.Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request to follow; its method stays, a HEAD does not become a GET."""
        if urlsplit(newurl).scheme not in {"http", "https"}:
            raise urllib.error.HTTPError(newurl, code, "redirect to a place that is not on the web", headers, fp)
        follow = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if follow is None:
            return None
        follow.method = req.get_method()
        if _origin(newurl) != _origin(req.full_url):
            for name in list(follow.headers):
                if name.lower() not in {"accept-encoding", "range", "user-agent"}:
                    follow.remove_header(name)
        return follow


def observe(node: Node, context: Context) -> SourceObservation:
    """Ask for what the server tells of the file, without its body."""
    with _answer(node, context, _request(node, context), method="HEAD") as answer:
        return _seen(node, answer.headers)


def fetch(node: Node, seen: SourceObservation, context: Context, folder: Path) -> Fetched:
    """Download the file. What the answer says of itself is the observation, where it names the content."""
    del seen  # the answer to the download says better
    source = _source(node)
    target = folder / _file_name(source.path)
    last: MeshwrightError | None = None
    for attempt in range(context.patience.attempts):
        _pause(context, node, attempt)
        try:
            with _answer(node, context, _request(node, context)) as answer:
                _save(node, context, answer, target)
                told = _seen(node, answer.headers, target)
        except MeshwrightError as error:
            if error.first.code != "MW-X606":
                raise
            last = error
            continue
        is_exact = told.strength is not Strength.SIZE_AND_TIME
        return Fetched(
            source=source, files=(str(target),), names=_names(target, source), seen=told if is_exact else None
        )
    assert last is not None
    raise last


def head(node: Node, context: Context, folder: Path) -> Fetched:
    """Download the beginning of a text file, or the whole of a small one that is no plain text."""
    source = _source(node)
    target = folder / _file_name(source.path)
    is_text = source.format in {"csv", "ndjson"} and not source.path.lower().endswith((".gz", ".zip"))
    limit = _HEAD_BYTES if is_text else _WHOLE_BYTES
    request = _request(node, context)
    ranged = _Request(url=request.url, headers={**request.headers, "Range": f"bytes=0-{limit - 1}"})
    with _answer(node, context, ranged) as answer, target.open("wb") as file:
        _copy(node, context, answer, file, limit + 1)
    if not is_text and target.stat().st_size >= limit:
        raise source_error(
            "MW-X608",
            node,
            f"{source.path} is larger than {_WHOLE_BYTES >> 20} MB and must be whole to show its columns",
            fix="declare `columns`, or build it once",
        )
    return Fetched(source=source, files=(str(target),), names=_names(target, source))


def _source(node: Node) -> FileSource:
    assert isinstance(node.source, FileSource)
    return node.source


def _names(target: Path, source: FileSource) -> dict[str, str]:
    return {str(target): source.path}


def _file_name(path: str) -> str:
    """Return a name with the ending of the URL's path, by which archives and formats are told."""
    name = PurePosixPath(unquote(urlsplit(without_references(path, "value")).path)).name
    suffixes = "".join(PurePosixPath(name).suffixes[-2:])
    return f"download{suffixes}" if suffixes.isprintable() and len(suffixes) < 32 else "download"


def _request(node: Node, context: Context) -> _Request:
    source = _source(node)
    url = context.resolved(source.path, node)
    headers = context.secrets.resolved_map(source.headers, span=node.span, dataset=node.address)
    parts = urlsplit(url)
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers.setdefault("Authorization", "Basic " + base64.b64encode(credentials.encode()).decode())
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return _Request(url=url, headers={"User-Agent": "meshwright", "Accept-Encoding": "identity", **headers})


@contextmanager
def _answer(
    node: Node, context: Context, request: _Request, *, method: str = "GET"
) -> Iterator[http.client.HTTPResponse]:
    """Ask, again where that can help, and yield the answer."""
    opener = urllib.request.build_opener(_Redirects)
    headers = dict(request.headers)
    wait_s = 0.0
    attempt = 0
    while True:
        _pause(context, node, attempt, wait_s)
        try:
            asked = urllib.request.Request(request.url, headers=headers, method=method)  # noqa: S310  http(s) alone
            answer = opener.open(asked, timeout=context.patience.timeout_s)
            break
        except urllib.error.HTTPError as error:
            error.close()
            if method == "HEAD" and error.code in _NO_HEAD:
                # Some servers sign or allow GET alone: ask for one byte instead.
                method, headers["Range"] = "GET", "bytes=0-0"
                continue
            if error.code == 416 and "Range" in headers:  # an empty file has no first byte
                del headers["Range"]
                continue
            attempt += 1
            if error.code not in _RETRIED or attempt >= context.patience.attempts:
                raise _refusal(node, error.code, error.reason, context) from None
            wait_s = _retry_after(error.headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            attempt += 1
            if attempt >= context.patience.attempts or isinstance(error, ValueError):
                raise _unreached(node, error, context) from None
            wait_s = 0.0
    with answer:
        yield answer


def _pause(context: Context, node: Node, attempt: int, asked_s: float = 0.0) -> None:
    """Wait before another attempt, as long as the server asked for (within bounds) or longer each time."""
    context.check_stop(node)
    if attempt:
        wait_s = max(asked_s, context.patience.backoff_s * 2 ** (attempt - 1))
        context.stop.wait(min(wait_s, _LONGEST_WAIT_S, context.patience.timeout_s))
        context.check_stop(node)


def _retry_after(headers: Mapping[str, str] | email.message.Message) -> float:
    """Return the seconds that the server asks to wait; a date is not worth parsing."""
    text = headers.get("Retry-After") or ""
    return float(text) if text.isdigit() else 0.0


def _seen(node: Node, headers: email.message.Message, file: Path | None = None) -> SourceObservation:
    """Say what an answer tells of the file; `file` holds the body where it was downloaded."""
    path = _source(node).path
    etag = (headers.get("ETag") or "").strip()
    modified = (headers.get("Last-Modified") or "").strip()
    length = _length(headers)
    size = length if length is not None else file.stat().st_size if file else 0
    if etag and not etag.startswith("W/"):
        key, strength, words = identity("mwhttp1", path, "etag", etag), Strength.SNAPSHOT, f"ETag {etag}"
    elif length is not None and (modified or etag):
        key = identity("mwhttp1", path, "time", modified, etag, length)
        strength, words = Strength.SIZE_AND_TIME, f"{modified or etag}, {length:,} bytes"
    elif file is not None:
        key, strength, words = identity("mwhttp1", path, "content", hash_file(file)), Strength.UNSEEN, f"{size:,} bytes"
    else:
        key, strength, words = unseen_key(), Strength.UNSEEN, "the server tells nothing of the file"
    return SourceObservation(
        dataset=node.address, key=key, strength=strength, files=(path,), size_bytes=size, words=words
    )


def _length(headers: email.message.Message) -> int | None:
    """Return the length of the whole file, None where the server does not tell it."""
    part = headers.get("Content-Range") or ""
    text = part.rpartition("/")[2] if part else headers.get("Content-Length") or ""
    return int(text) if text.isdigit() else None


def _save(node: Node, context: Context, answer: http.client.HTTPResponse, target: Path) -> None:
    """Write the body to `target` and compare its length with what was announced."""
    if (answer.headers.get("Content-Encoding") or "identity").lower() not in {"identity", "gzip", "x-gzip"}:
        packing = answer.headers.get("Content-Encoding")
        raise source_error(
            "MW-X607", node, f"{_source(node).path} comes packed as '{packing}', which was not asked for"
        )
    announced = _length(answer.headers)
    with target.open("wb") as file:
        written = _copy(node, context, answer, file, None)
    if announced is not None and written != announced:
        raise source_error(
            "MW-X606",
            node,
            f"{_source(node).path} was cut off: {written:,} bytes of {announced:,} came",
            fix="run again",
            world=True,
        )


def _copy(node: Node, context: Context, answer: http.client.HTTPResponse, file: IO[bytes], limit: int | None) -> int:
    """Copy the body, or its first `limit` bytes, and return how many bytes came."""
    written = 0
    try:
        while limit is None or written < limit:
            context.check_stop(node)
            chunk = answer.read(_CHUNK_BYTES if limit is None else min(_CHUNK_BYTES, limit - written))
            if not chunk:
                break
            file.write(chunk)
            written += len(chunk)
    except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise source_error(
            "MW-X606",
            node,
            f"{_source(node).path} was cut off after {written:,} bytes: {context.secrets.hidden(str(error))}",
            fix="run again",
            world=True,
        ) from None
    return written


def _refusal(node: Node, status: int, reason: str, context: Context) -> MeshwrightError:
    """Return the error for an answer that is no file."""
    path = _source(node).path
    said = f"{status} {context.secrets.hidden(reason or '')}".strip()
    if status in {404, 410}:
        return source_error("MW-X604", node, f"{path} is not there: {said}", fix="correct `path` of the source")
    if status in {401, 403, 407}:
        fix = "give the credentials in `headers`, as references: {Authorization: 'Bearer ${env:TOKEN}'}"
        return source_error("MW-X605", node, f"{path} may not be read: {said}", fix=fix)
    is_passing = status in _RETRIED
    return source_error(
        "MW-X603", node, f"{path} was not given: {said}", fix="run again later" if is_passing else "correct `path`",
        world=is_passing,
    )  # fmt: skip


def _unreached(node: Node, error: Exception, context: Context) -> MeshwrightError:
    reason = getattr(error, "reason", None) or error
    words = context.secrets.hidden(" ".join(str(reason).split())) or type(error).__name__
    is_address = isinstance(error, ValueError)
    return source_error(
        "MW-X603",
        node,
        f"{_source(node).path} cannot be reached: {words}",
        fix="correct the address" if is_address else "check the address and the network, and run again",
        world=not is_address,
    )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


KIND = Kind(observe=observe, fetch=fetch, head=head)
