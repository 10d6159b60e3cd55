"""HTTP/1.1 messages on a socket, passed on byte for byte: no more is understood than where a message ends."""

import socket
import struct
from collections.abc import Iterator

PIECE = 1 << 18


class Closed(Exception):
    """The other end has gone, or this one has had enough."""


def headers_of(head: bytes) -> dict[str, str]:
    """Names in lower case."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}


class Wire:
    """A connected socket, with what was read from it too early. For one thread; `close` may come from another."""

    def __init__(self, connected: socket.socket):
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._ahead = connected, b""

    def send(self, *pieces: bytes) -> None:
        self._socket.sendall(b"".join(pieces))

    def _more(self) -> bytes:
        try:
            piece = self._socket.recv(PIECE)
        except OSError as problem:
            raise Closed from problem
        if not piece:
            raise Closed
        return piece

    def _until(self, end: bytes) -> bytes:
        """All up to `end`, which is included."""
        while (at := self._ahead.find(end)) < 0:
            self._ahead += self._more()
        taken, self._ahead = self._ahead[: at + len(end)], self._ahead[at + len(end):]
        return taken

    def head(self) -> bytes:
        """First line, headers and the empty line."""
        return self._until(b"\r\n\r\n")

    def _exactly(self, count: int) -> Iterator[bytes]:
        while count > 0:
            piece = self._ahead or self._more()
            taken, self._ahead = piece[:count], piece[count:]
            count -= len(taken)
            yield taken

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = self._until(b"\r\n")
            yield size
            length = int(size.split(b";")[0], 16)
            if length == 0:
                break
            yield from self._exactly(length + 2)
        while True:  # Trailers, to an empty line.
            line = self._until(b"\r\n")
            yield line
            if line == b"\r\n":
                return

    def body(self, headers: dict[str, str]) -> Iterator[bytes]:
        """What follows a head with these headers, in pieces, as it stands on the wire."""
        if "chunked" in headers.get("transfer-encoding", ""):
            return self._chunks()
        return self._exactly(int(headers.get("content-length", 0)))

    def is_stale(self) -> bool:
        """True when the other end has closed, or says something unasked."""
        self._socket.setblocking(False)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
            return True
        except BlockingIOError:
            return bool(self._ahead)
        except OSError:
            return True
        finally:
            self._socket.setblocking(True)

    def reset(self) -> None:
        """Closes as a broken connection does: the other end gets ECONNRESET."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Wakes whoever is reading from it."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
