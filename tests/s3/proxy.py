"""A proxy between a program and an S3 server, where the faults of faults.py happen and requests are counted.

Heads and bodies pass as they are, so that signatures, which cover the Host header, stay valid: the client signs for the
proxy's address, and the server believes the header.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from faults import Request, Rule
from wire import Closed, Wire, headers_of

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Exchange:
    """A request and what becomes of it."""

    def __init__(self, proxy: "FaultProxy", client: Wire, server: Callable[[], Wire], request: Request):
        self._proxy, self._client, self._connect, self.request = proxy, client, server, request
        self._rules = iter(proxy.rules_for(request))
        self._server: Wire | None = None
        self._head = b""

    def wait(self, seconds: float) -> None:
        if self._proxy.stopping.wait(seconds):
            raise Closed

    def go_on(self) -> None:
        """The next fault that was asked for; after the last, what the server says."""
        if rule := next(self._rules, None):
            rule.fault(self)
        else:
            self.ask()
            self.tell()

    def _body(self):
        if self.request.headers.get("expect", "").lower() == "100-continue":
            self._client.send(CONTINUE)
        return self._client.body(self.request.headers)

    def ask(self) -> None:
        """Passes the request on and takes the beginning of the answer."""
        self._server = self._connect()
        try:
            self._server.send(self.request.head)
            for piece in self._body():
                self._server.send(piece)
        except OSError:
            pass  # A server need not hear all before it refuses.
        while b" 100 " in (head := self._server.head()).split(b"\r\n", 1)[0]:
            pass
        self._head = head

    def tell(self, share: float = 1) -> None:
        """Passes the answer on; the connection ends when it is not to be whole."""
        headers = headers_of(self._head)
        status = int(self._head.split(b" ", 2)[1])
        bodiless = self.request.method == "HEAD" or status in (204, 304)
        pieces = iter(()) if bodiless else self._server.body(headers)
        rest = float("inf") if share == 1 else int(int(headers.get("content-length", 0)) * share)
        self.request.status = status
        first = self._head
        for piece in pieces:
            piece = piece[:rest] if rest < len(piece) else piece
            self._client.send(first, piece)
            first, rest = b"", rest - len(piece)
            if rest <= 0:
                raise Closed
        if first:
            self._client.send(first)
        if share != 1 or headers.get("connection", "").lower() == "close":
            raise Closed

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """In the server's place."""
        for _ in self._body():
            pass
        lines = {"Content-Type": "application/xml", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.request.status = status
        self._client.send(f"HTTP/1.1 {status} Fault\r\n{head}\r\n".encode(),
                          b"" if self.request.method == "HEAD" else body)

    def reset(self) -> None:
        self._client.reset()
        raise Closed


class FaultProxy:
    """Listens on a free port of the loopback; a thread for each connection. `stop` ends them all."""

    def __init__(self, upstream: str):
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._rules: list[Rule] = []
        self._wires: set[Wire] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def add(self, fault, **where) -> Rule:
        """See Rule. Faults that take the same request happen in the order in which they were added."""
        rule = Rule(fault, **where)
        self._rules = [*self._rules, rule]
        return rule

    def clear(self) -> None:
        """No faults, and counting starts anew."""
        self._rules, self.requests = [], []

    def rules_for(self, request: Request) -> list[Rule]:
        return [rule for rule in self._rules if rule.takes(request)]

    def counts(self) -> Counter:
        """Requests of each kind."""
        return Counter(request.kind for request in list(self.requests))

    def settle(self, seconds: float = 30) -> None:
        """Waits until all connections have ended: what a client that was killed had asked for is done by then, or lost."""
        until = time.monotonic() + seconds
        while self._wires and time.monotonic() < until:
            time.sleep(0.005)

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(self._keep(connected),), daemon=True)
            self._threads = [*(t for t in self._threads if t.is_alive()), thread]
            thread.start()

    def _keep(self, connected: socket.socket) -> Wire:
        wire = Wire(connected)
        with self._lock:
            self._wires.add(wire)
        return wire

    def _drop(self, *wires: Wire) -> None:
        with self._lock:
            self._wires.difference_update(wires)
        for wire in wires:
            wire.close()

    def _serve(self, client: Wire) -> None:
        servers: list[Wire] = []

        def server() -> Wire:
            if servers and servers[0].is_stale():
                self._drop(servers.pop())
            if not servers:
                servers.append(self._keep(socket.create_connection(self._upstream)))
            return servers[0]

        try:
            while not self.stopping.is_set():
                request = Request(client.head())
                self.requests.append(request)
                Exchange(self, client, server, request).go_on()
        except (Closed, OSError):
            pass
        finally:
            self._drop(client, *servers)

    def stop(self) -> None:
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            wires = list(self._wires)
        for wire in wires:
            wire.close()
        for thread in self._threads:
            thread.join(timeout=30)
