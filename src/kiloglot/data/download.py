"""Files from the network, continued where an earlier run stopped, and checked before they take their name."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from kiloglot.data.lines import SIZE_LIMIT
from kiloglot.errors import DataError
from kiloglot.progress import SILENT, Progress, Task

__all__ = ["download", "is_url", "sha256_of"]

_PIECE = 1 << 18
_TIMEOUT = 30.0
_ATTEMPTS = 4


def is_url(source: str) -> bool:
    """Whether `source` names something to download rather than a path."""
    return source.startswith(("http://", "https://"))


def download(url: str, target: Path, *, sha256: str = "", progress: Progress = SILENT) -> str:
    """Fetches `url` to `target` and returns its SHA-256; what is under way lies in `<target>.part`.

    A `.part` that is there already is continued by an HTTP range request (RFC 9110, section 14), and a connection that
    breaks is taken up again while it still yields bytes. Raises DataError where the server cannot be reached or the
    checksum differs; the latter removes the `.part`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    with progress.task(f"download {target.name}", unit="B") as task:
        _fetch_whole(url, part, task)
    found = sha256_of(part)
    if sha256 and found != sha256.lower():
        part.unlink()
        problem = f"its SHA-256 is {found}, not {sha256}"
        raise DataError(problem, remedy="Fetch it again, or give the right sum with --sha256", path=url)
    part.replace(target)
    return found


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch_whole(url: str, part: Path, task: Task) -> None:
    """Requests until the file is whole, or until some requests in a row brought nothing."""
    failures = 0
    task.advance(_size(part), "continued" if _size(part) else "")
    while True:
        before = _size(part)
        try:
            if _fetch(url, part, task):
                return
            reason = "the connection closed early"
        except urllib.error.HTTPError as error:
            raise _unreachable(url, f"the server answers {error.code} {error.reason}", part) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(getattr(error, "reason", "") or error or type(error).__name__)
        failures = 0 if _size(part) > before else failures + 1
        if failures == _ATTEMPTS or (failures and not _size(part)):
            raise _unreachable(url, reason, part)


def _fetch(url: str, part: Path, task: Task) -> bool:
    """One request for what is still missing; whether the file is whole afterwards."""
    have = _size(part)
    headers = {"User-Agent": "kiloglot", "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE or not have:
            raise
        whole = error.headers.get("Content-Range", "") == f"bytes */{have}"
        if not whole:
            part.unlink()
            task.advance(-have)
        return whole
    with response:
        continued = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if have and not continued:
            task.advance(-have)
        return _append(response, part, have if continued else 0, url, task)


def _append(response: IO[bytes], part: Path, have: int, url: str, task: Task) -> bool:
    """Writes the answer behind the first `have` bytes; whether it came to its end."""
    length = response.headers.get("Content-Length")  # type: ignore[attr-defined]
    total = have + int(length) if length else None
    with part.open("ab" if have else "wb") as file:
        while piece := response.read(_PIECE):
            have += len(piece)
            if have > SIZE_LIMIT:
                raise DataError(f"is larger than {SIZE_LIMIT:,} bytes", remedy="Check the address", path=url)
            file.write(piece)
            task.advance(len(piece))
    return total is None or have >= total


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _unreachable(url: str, reason: str, part: Path) -> DataError:
    size = _size(part)
    kept = f"Run the same command to continue after {size:,} bytes" if size else "Check the address and the network"
    remedy = f"{kept}, or fetch the file by other means and give its path as --source"
    return DataError(f"{url} cannot be fetched ({reason})", remedy=remedy)
