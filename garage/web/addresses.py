"""How a bill's number stands in an address: a pattern may hold slashes, and no number ever holds a tilde."""

from flask import Flask
from werkzeug.routing import BaseConverter


class BillNumber(BaseConverter):
    """`F/2026/0001` is written `F~2026~0001`; a number holds no NUL, which PostgreSQL would not even read."""

    regex = r"[^/\x00]+"

    def to_python(self, value: str) -> str:
        """The number as it is printed."""
        return value.replace("~", "/")

    def to_url(self, value: str) -> str:
        """The number as one step of a path."""
        return super().to_url(value.replace("/", "~"))


def register(app: Flask) -> None:
    """Let routes say `<bill:number>`."""
    app.url_map.converters["bill"] = BillNumber
