"""What may go wrong between a program and its S3 server, and which requests it happens to.

A fault is a function of an exchange (proxy.py). It may let it go on (`exchange.go_on()`: to the next fault that was
asked for, or to the server), answer in the server's place, or break the connection.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from wire import headers_of


class Request:
    """What the client asked for; `status` is what it got: None when the connection broke before it was told."""

    def __init__(self, head: bytes):
        self.head, self.headers = head, headers_of(head)
        self.method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        parts = urlsplit(target)
        self.path, self.raw_query = unquote(parts.path), parts.query
        self.query = parse_qs(self.raw_query, keep_blank_values=True)
        self.status: int | None = None

    @property
    def kind(self) -> str:
        """In words: "get", "head", "put", "copy", "delete", "list", "part" …"""
        query, of_bucket = self.query, "/" not in self.path.strip("/")
        if of_bucket and self.method in ("GET", "HEAD", "PUT", "DELETE"):
            named = next((name for name in ("location", "uploads", "versioning") if name in query), None)
            return named or {"GET": "list"}.get(self.method, f"{self.method.lower()} bucket")
        match self.method:
            case "PUT":
                return "part" if "partNumber" in query else "copy" if "x-amz-copy-source" in self.headers else "put"
            case "POST":
                return "delete many" if "delete" in query else "start upload" if "uploads" in query else "complete upload"
            case "DELETE":
                return "abort upload" if "uploadId" in query else "delete"
        return self.method.lower()

    def __repr__(self) -> str:
        return f"{self.method} {self.path} {self.query or ''} → {self.status}"


@dataclass
class Rule:
    """`fault` happens to requests of this kind in whose path and query these patterns are found: not to the first
    `after`, then `times` times, and no longer than `seconds` from now. With `each_path`, `after` and `times` count for
    each path by itself."""

    fault: Callable
    kind: str | None = None
    path: str = ""
    query: str = ""
    after: int = 0
    times: float = float("inf")
    seconds: float = float("inf")
    each_path: bool = False
    seen: Counter = field(default_factory=Counter)
    hits: int = 0

    def __post_init__(self):
        self._lock, self._began = threading.Lock(), time.monotonic()

    def takes(self, request: Request) -> bool:
        if self.kind not in (None, request.kind):
            return False
        if not re.search(self.path, request.path) or not re.search(self.query, request.raw_query):
            return False
        with self._lock:
            counted = request.path if self.each_path else ""
            number = self.seen[counted]
            self.seen[counted] += 1
            hit = self.after <= number < self.after + self.times and time.monotonic() - self._began < self.seconds
            self.hits += hit
            return hit


def latency(seconds: float):
    def fault(exchange):
        exchange.wait(seconds)
        exchange.go_on()
    return fault


def reset(exchange):
    """The connection breaks before the server has heard of the request."""
    exchange.reset()


def lose_answer(exchange):
    """The server does as it was told, and the connection breaks before the client is told so."""
    exchange.ask()
    exchange.reset()


def truncate(share: float = 0.5):
    """The connection ends after this share of the body that Content-Length promised."""
    def fault(exchange):
        exchange.ask()
        exchange.tell(share)
    return fault


def stall(seconds: float):
    """Nothing at all is heard for so long; then the connection breaks."""
    def fault(exchange):
        exchange.wait(seconds)
        exchange.reset()
    return fault


def answer(status: int, code: str, message: str = "made up by the test", **headers: str):
    """An error of S3 in the server's place."""
    def fault(exchange):
        bucket = exchange.request.path.split("/")[1]
        exchange.answer(status, (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{escape(message)}</Message>'
            f"<BucketName>{escape(bucket)}</BucketName><RequestId>1</RequestId><HostId>1</HostId></Error>").encode(),
            {name.replace("_", "-"): value for name, value in headers.items()})
    return fault


def call(function: Callable[[], object]):
    """Calls it before the request is passed on."""
    def fault(exchange):
        function()
        exchange.go_on()
    return fault


def call_after(function: Callable[[], object]):
    """Calls it when the server has done what was asked for; nobody is told."""
    def fault(exchange):
        exchange.ask()
        function()
        exchange.reset()
    return fault


internal_error = answer(500, "InternalError", "We encountered an internal error. Please try again.")
slow_down = answer(503, "SlowDown", "Please reduce your request rate.")
access_denied = answer(403, "AccessDenied", "Access Denied")
expired_token = answer(400, "ExpiredToken", "The provided token has expired.")
no_such_bucket = answer(404, "NoSuchBucket", "The specified bucket does not exist")
other_region = answer(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the"
                      " specified endpoint.", x_amz_bucket_region="us-east-1")
