"""Files from http and https: resumed where the server can, whole or not at all."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from reconciler.inputs.images.cache import Cache, key_of
from reconciler.inputs.images.checksums import verify
from reconciler.inputs.images.errors import ImageError, check
from reconciler.inputs.images.limits import USUAL, Bound, Limits
from reconciler.inputs.images.progress import Progress, silent
from reconciler.inputs.images.replies import (
    PassingError,
    Speed,
    connection_errors,
    continues_at,
    cut_short,
    no_connection,
    validator_of,
)
from specs.content import without_secrets
from specs.units import format_size

if TYPE_CHECKING:
    import httpx

    from reconciler.inputs.images.connect import GuardedBackend

_ATTEMPTS = 4
_CONNECT = 10.0
_CHUNK = 1024 * 1024
_LIST_BYTES = 4 * 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fetcher:
    """How files are fetched, and how far that may go. `bound` is the most bytes that a file may have.
    `stall`: seconds without a byte after which a server is given up, and those over which its speed is
    taken; `pause`: the first of the growing waits between attempts."""

    cache: Cache
    progress: Progress = silent
    cancel: threading.Event | None = None
    stall: float = 30.0
    pause: float = 0.5
    clock: Callable[[float], None] = field(default=time.sleep)
    limits: Limits = USUAL
    bound: Bound = USUAL.most(0)  # noqa: RUF009 - plain frozen data

    def file(self, url: str, checksum: str = "") -> tuple[Path, str]:
        """The file behind a URL, in the cache, and its digest. With a checksum one that is cached is
        taken; without one the server is asked whether it changed. ImageError."""
        key = key_of("url", url)
        with self.cache.lock(key, self.cancel):
            known = self.cache.note(key)
            digest = checksum or known.get("digest", "")
            path = self.cache.find("published", digest) if digest else None
            if path and checksum:
                return path, checksum
            told = known if path else {}
            return self._retried(url, lambda guard: self._attempt(url, checksum, told, guard))

    def text(self, url: str) -> str:
        """A small text behind a URL, such as a list of checksums."""

        def attempt(guard: GuardedBackend) -> str:
            with self._asked(url, {}, guard) as response:
                self._judge(url, response)
                data = b""
                for chunk in response.iter_bytes(_CHUNK):
                    data += chunk
                    if len(data) > _LIST_BYTES:
                        raise ImageError(f"{without_secrets(url)} is too large for a list of checksums")
                return data.decode(errors="replace")

        return self._retried(url, attempt)

    def _attempt(
        self, url: str, checksum: str, known: dict[str, str], guard: GuardedBackend
    ) -> tuple[Path, str]:
        key = key_of("url", url)
        part = self.cache.folder("partial") / f"{key}.part"
        begun = self.cache.note(f"{key}.part").get("validator", "") if part.exists() else ""
        have = part.stat().st_size if begun else 0
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": begun}
        elif known.get("etag"):
            headers["If-None-Match"] = known["etag"]
        elif known.get("modified"):
            headers["If-Modified-Since"] = known["modified"]
        with self._asked(url, headers, guard) as response:
            if response.status_code == 304 and known:
                path = self.cache.find("published", known["digest"])
                if path:
                    return path, known["digest"]
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                raise PassingError("the server cannot go on where the download ended")
            self._judge(url, response)
            begin = continues_at(response, have)
            if not begin:  # what is there must never stand beside another file's validator
                part.unlink(missing_ok=True)
            self.cache.remember(f"{key}.part", {"validator": validator_of(response)})
            digest = self._receive(url, response, part, begin)
            told = {
                "digest": digest,
                "etag": response.headers.get("etag", ""),
                "modified": response.headers.get("last-modified", ""),
            }
        try:
            verify(digest, checksum, without_secrets(url))
            path = self.cache.keep("published", part, digest)
        finally:
            part.unlink(missing_ok=True)
        self.cache.remember(key, told)
        return path, digest

    def _receive(self, url: str, response: httpx.Response, part: Path, begin: int) -> str:
        """Writes what comes behind what is there; the digest of all."""
        told = hashlib.sha256()
        length = response.headers.get("content-length", "")
        total = begin + int(length) if length.isdecimal() and len(length) < 20 else 0
        self._require_small(url, total)
        speed = Speed(self.limits.slowest, self.stall)
        try:
            with part.open("r+b" if begin else "wb") as file:
                while file.tell() < begin:
                    told.update(file.read(min(_CHUNK, begin - file.tell())))
                file.truncate()
                for chunk in response.iter_raw():
                    check(self.cancel)
                    told.update(chunk)
                    file.write(chunk)
                    self._require_small(url, file.tell())
                    if speed.too_slow(len(chunk)):
                        raise ImageError(
                            f"{without_secrets(url)}: the server sends less than"
                            f" {format_size(self.limits.slowest)} a second: run again later"
                        )
                    self.progress("downloading", file.tell(), total)
                done = file.tell()
        except (OSError, ImageError):
            part.unlink(missing_ok=True)
            raise
        if total and done != total:
            raise PassingError(f"the download ended after {done} of {total} bytes")
        return f"sha256:{told.hexdigest()}"

    def _require_small(self, url: str, size: int) -> None:
        if size > self.bound.size:
            raise ImageError(
                f"{without_secrets(url)} has more than {format_size(self.bound.size)}, which is too much"
                f" ({self.bound.why})"
            )

    @contextmanager
    def _asked(self, url: str, headers: dict[str, str], guard: GuardedBackend) -> Iterator[httpx.Response]:
        """What a server answers, wherever it sends us within what is allowed."""
        import httpx

        from reconciler.inputs.images.connect import transport_for

        at = url
        for _ in range(self.limits.redirects + 1):
            self._require_allowed(url, at)
            with (
                httpx.Client(
                    transport=transport_for(at, guard),
                    timeout=httpx.Timeout(self.stall, connect=min(_CONNECT, self.stall)),
                    headers={"User-Agent": "virt-reconcile"},
                ) as client,
                client.stream("GET", at, headers=headers) as response,
            ):
                to = response.headers.get("location")
                if response.status_code not in _REDIRECTS or not to:
                    yield response
                    return
                at = self._redirected(url, at, to)
        raise ImageError(
            f"{without_secrets(url)}: the server redirects more than {self.limits.redirects} times: write the"
            " URL where the file is"
        )

    def _redirected(self, url: str, at: str, to: str) -> str:
        there = urljoin(at, to)
        if urlsplit(there).scheme not in ("http", "https"):
            raise ImageError(
                f"{without_secrets(url)}: the server redirects to what is neither http nor https"
            )
        if urlsplit(at).scheme == "https" and urlsplit(there).scheme == "http":
            raise ImageError(
                f"{without_secrets(url)}: the server redirects from https to http, where anybody can change"
                " what comes: write a URL that stays with https"
            )
        return there

    def _require_allowed(self, url: str, at: str) -> None:
        host = urlsplit(at).hostname or ""
        if not host:
            raise ImageError(f"{without_secrets(url)}: the server redirects to no host")
        if not self.limits.allows_host(host):
            raise ImageError(
                f"{without_secrets(url)}: images may not come from {host}; the controller allows"
                f" {', '.join(self.limits.hosts or ()) or 'no server at all'}"
            )

    def _judge(self, url: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in _TRANSIENT:
            raise PassingError(f"the server answers {status} {response.reason_phrase}")
        if status not in (200, 206):
            raise ImageError(
                f"{without_secrets(url)}: the server answers {status} {response.reason_phrase}:"
                " correct the URL, or see whether it may be read"
            )

    def _retried(self, url: str, attempt: Callable[[GuardedBackend], T]) -> T:
        import httpcore
        import httpx
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

        from reconciler.inputs.images.connect import Forbidden, GuardedBackend, Reach, TooLong

        guard = GuardedBackend(Reach(self.limits.private), time.monotonic() + self.limits.longest)

        def once() -> T:
            check(self.cancel)
            try:
                return attempt(guard)
            except Forbidden as error:
                raise ImageError(f"{without_secrets(url)}: {error}") from None
            except TooLong:
                raise ImageError(
                    f"{without_secrets(url)}: the download takes longer than {self.limits.longest:g} s"
                ) from None
            except (httpx.ReadTimeout, httpcore.ReadTimeout):
                raise ImageError(
                    f"{without_secrets(url)}: the server sent nothing for {self.stall:g} s: run again later"
                ) from None
            except (httpx.RemoteProtocolError, httpcore.RemoteProtocolError) as error:
                raise PassingError(cut_short(str(error))) from None
            except connection_errors() as error:
                raise PassingError(no_connection(error)) from None
            except (ValueError, UnicodeError):
                raise ImageError(f"{without_secrets(url)} leads to what is no URL: correct it") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ImageError(
                    f"{without_secrets(url)} cannot be fetched: {type(error).__name__}"
                ) from None

        retrying = Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential(multiplier=self.pause, max=10),
            retry=retry_if_exception_type(PassingError),
            sleep=self.clock if self.cancel is None else self._wait,
            reraise=True,
        )
        try:
            return retrying(once)
        except PassingError as error:
            raise ImageError(
                f"{without_secrets(url)}: {error}, {_ATTEMPTS} times: run again when the server is well"
            ) from None

    def _wait(self, seconds: float) -> None:
        assert self.cancel is not None
        self.cancel.wait(seconds)


def last_part(url: str) -> str:
    """The name of the file that a URL is of."""
    return unquote(urlsplit(url).path).rpartition("/")[2]
