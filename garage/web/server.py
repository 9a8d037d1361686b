"""The production server: gunicorn with threads, each worker with connections of its own."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, make_app: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._make_app, self._options = make_app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make_app()


def serve(make_app: Callable[[], Flask], bind: str, workers: int, threads: int, ready: Callable[[], None]) -> None:
    """Answer on an address until stopped; `ready` is called once it listens."""
    options = {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "timeout": 120,
        "graceful_timeout": 20,
        "loglevel": "warning",
        "when_ready": lambda _: ready(),
        "control_socket_disable": True,
    }
    _Server(make_app, options).run()
