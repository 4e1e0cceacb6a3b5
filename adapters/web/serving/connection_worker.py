"""Runs gunicorn's threaded worker so that slow clients hold no thread and all are told when the server ends."""

import errno
import selectors
import signal
import time
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, cast

from gunicorn.workers.gthread import TConn, ThreadWorker

from realtime_mlx_stt.adapters.web.serving.body_deadlines import BodyDeadlines
from realtime_mlx_stt.adapters.web.serving.fleeting_threads import FleetingThreads
from realtime_mlx_stt.adapters.web.serving.refused_heads import refusal_of
from realtime_mlx_stt.adapters.web.serving.request_heads import Connection
from realtime_mlx_stt.adapters.web.serving.served_application import ServedApplication

if TYPE_CHECKING:
    import socket
    from concurrent.futures import ThreadPoolExecutor

    from gunicorn.http import Request

__all__ = ["DRAIN_SECONDS", "ConnectionWorker"]

DRAIN_SECONDS: Final = 1
"""How long the end waits for clients to take what they are told, and for answers that are under way."""

_END_TURN_SECONDS: Final = 0.2

_NO_FILE_LEFT: Final = (errno.EMFILE, errno.ENFILE)
_STALLED_SECONDS: Final = 30.0
"""A client that takes and gives nothing for this long, while a request of its is answered, is given up."""


class ConnectionWorker(ThreadWorker):
    """The process that serves. The main thread accepts, and reads the heads of requests; threads answer them.

    The application's ``wsgi`` is a ``ServedApplication``'s. SIGTERM, SIGINT, SIGQUIT and SIGHUP end it alike,
    and so does the end of the parent process.
    """

    served: ServedApplication
    _is_ending = False

    def init_process(self) -> None:
        """Begin to serve, until it is told to end."""
        self._bodies = BodyDeadlines()
        self.cfg.set("graceful_timeout", DRAIN_SECONDS)  # of this process alone; the parent waits longer
        super().init_process()

    def init_signals(self) -> None:
        """Treat every signal that ends programs as the same request to end."""
        super().init_signals()
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, self.handle_exit)
            signal.siginterrupt(number, False)

    def load_wsgi(self) -> None:
        """Open the application."""
        self.served = cast(Any, self.app).open_served()
        self.wsgi = self.served.wsgi
        self.tpool = self.get_thread_pool()

    def get_thread_pool(self) -> "ThreadPoolExecutor":
        """Threads that end when they are not needed."""
        return cast("ThreadPoolExecutor", FleetingThreads(self.cfg.threads))

    def run(self) -> None:
        """Serve until all is told at the end; then give clients a moment to take it, and end the application."""
        try:
            super().run()
        finally:
            self._begin_end()
            self.served.end()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the end, on the main thread and not in the middle of its work.

        Clients are served until the application says that all is told.
        """
        if self.alive:
            self.method_queue.defer(self._begin_end)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Wait for the next event; during the end only briefly, since the end has a time limit of its own."""
        super().wait_for_and_dispatch_events(_END_TURN_SECONDS if self._is_ending else timeout)

    def is_parent_alive(self) -> bool:
        """Whether there is still a parent; without one the end begins."""
        is_alive = super().is_parent_alive()
        if not is_alive:
            self._begin_end()
        return is_alive

    def accept(self, listener: "socket.socket") -> None:
        """Accept a connection and wait for its first request, without a thread."""
        try:
            client_socket, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in _NO_FILE_LEFT:
                raise
            if self.pending_conns:
                self._give_up_oldest()
            return
        self.nr_conns += 1
        self._await_head(Connection(self.cfg, client_socket, client, listener.getsockname()))

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for the rest of a request whose beginning the parser has read already."""
        self._await_head(cast(Connection, conn))

    def on_client_socket_readable(self, conn: TConn, client: "socket.socket") -> None:
        """Take the beginning of another request on a connection that was kept open."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_head(cast(Connection, conn))

    def on_pending_socket_readable(self, conn: TConn, client: "socket.socket") -> None:
        """Take what has come of a request's head, and have the request answered when the head is complete."""
        connection = cast(Connection, conn)
        if client.fileno() < 0:  # it was given up in the same turn
            return
        if connection.take_head():
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self._answer(connection)

    def murder_pending(self) -> None:
        """Give up clients that do not finish a request's head, or its body."""
        now = time.monotonic()
        while self.pending_conns and cast(Connection, self.pending_conns[0]).timeout <= now:
            self._give_up_oldest()
        self._bodies.give_up_late(now)

    def handle(self, conn: TConn) -> bool:
        """Answer a request; returns whether the connection is kept for another. Runs on a thread of the pool."""
        is_kept = super().handle(conn)
        self._bodies.forget(conn.sock)
        if not is_kept:
            conn.close(graceful=True)  # which may take 2 s; the main thread would do it otherwise
        return is_kept

    def handle_request(self, req: "Request", conn: TConn) -> bool:
        """Answer a parsed request, and give up a client that stalls."""
        conn.sock.settimeout(_STALLED_SECONDS)
        self._bodies.expect(conn.sock, cast(Any, req).headers)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            return False

    def handle_error(self, req: Any, client: "socket.socket", addr: Any, exc: BaseException) -> None:
        """Tell the client by a code what is wrong with what it sent, or log the defect."""
        answer = refusal_of(exc)
        if answer is None:
            super().handle_error(req, client, addr, exc)
            return
        with suppress(OSError):
            client.settimeout(_STALLED_SECONDS)
            client.sendall(answer)

    def _await_head(self, conn: Connection) -> None:
        """Collect the head of the next request while it comes."""
        conn.expect_head()
        if conn.is_decided and conn.has_begun:
            self._answer(conn)
            return
        if self.nr_conns >= self.worker_connections and self.pending_conns:
            self._give_up_oldest()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _answer(self, conn: Connection) -> None:
        if conn.hand_over():
            super().enqueue_req(conn)
        else:
            self._forget(conn)

    def _give_up_oldest(self) -> None:
        conn = cast(Connection, self.pending_conns.popleft())
        self.poller.unregister(conn.sock)
        conn.refuse(HTTPStatus.REQUEST_TIMEOUT, "The head of the request did not come in time.")
        self._forget(conn)

    def _forget(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def _begin_end(self) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self.served.begin_end(lambda: self.method_queue.defer(self._serve_no_more))

    def _serve_no_more(self) -> None:
        self.alive = False
        while self.pending_conns:
            self._give_up_oldest()
