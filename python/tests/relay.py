"""A relay in front of a real registry, for what a registry does not do on demand: refuse a token from some moment on,
cut an answer, tell another version; and for counting what was asked."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_PIECE = 64 * 1024


class Relay:
    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        #: ``METHOD path`` and the headers of every request, in order.
        self.requests: list[tuple[str, dict[str, str]]] = []
        #: Called before a request is passed on; its answer (status, JSON) is sent instead, if there is one.
        self.answer: Callable[[str, str, dict[str, str]], tuple[int, dict[str, object]] | None] = lambda *_: None
        #: How many answers are still to be cut in their middle.
        self.cuts = 0
        self._open: list[socket.socket] = []
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                relay._open.append(self.connection)

            def handle_any(self) -> None:
                relay._pass(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Connections that clients keep end as well."""
        self._server.shutdown()
        self._server.server_close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def asked(self, word: str) -> list[str]:
        return [line for line, _ in self.requests if word in line]

    def _pass(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {key.lower(): value for key, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        self.requests.append((f"{handler.command} {handler.path}", headers))
        instead = self.answer(handler.command, handler.path, headers)
        if instead is not None:
            status, fields = instead
            _send(handler, status, json.dumps(fields).encode())
            return
        connection = http.client.HTTPConnection(self.target.hostname or "", self.target.port)
        try:
            # The registry behind it lets everybody in, and would refuse a token that it did not make.
            passed = {key: value for key, value in headers.items() if key != "authorization"}
            connection.request(handler.command, handler.path, body, {**passed, "host": self.target.netloc})
            answer = connection.getresponse()
            handler.send_response(answer.status)
            chunked = answer.getheader("transfer-encoding") == "chunked"
            for key, value in answer.getheaders():
                if key.lower() not in {"transfer-encoding", "connection", "keep-alive"}:
                    handler.send_header(key, value)
            if chunked:
                handler.send_header("connection", "close")
                handler.close_connection = True
            handler.end_headers()
            length = int(answer.getheader("content-length") or 0)
            self._copy(handler, answer, length)
        finally:
            connection.close()

    def _copy(self, handler: BaseHTTPRequestHandler, answer: http.client.HTTPResponse, length: int) -> None:
        sent = 0
        while piece := answer.read(_PIECE):
            if self.cuts > 0 and length > 2 * _PIECE and sent >= length // 2:
                self.cuts -= 1
                handler.close_connection = True
                handler.connection.shutdown(socket.SHUT_RDWR)
                return
            handler.wfile.write(piece)
            sent += len(piece)


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("content-type", "application/json" if status < 400 else "application/problem+json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
