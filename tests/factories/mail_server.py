"""A real SMTP server of our own in this process: it keeps what it takes, and fails as it is told to."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Behaviour:
    """How the server answers: addresses it refuses with a code, whether it dies after DATA, is late, asks a name."""

    refused: dict[str, str] = field(default_factory=dict)
    data: str = "250 OK"
    dies_after_data: bool = False
    delay: float = 0
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None


class PostOffice:
    """What the server was handed, one message per recipient."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.port = 0
        self.taken: list[EmailMessage] = []
        self.connections: list[SMTP] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """An address is taken, or refused."""
        if address in self.behaviour.refused:
            return self.behaviour.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The message is kept; the answer is late, a refusal, or never comes."""
        await asyncio.sleep(self.behaviour.delay)
        if self.behaviour.data.startswith("2"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.taken.append(message_from_bytes(content, policy=policy.default))
        if self.behaviour.dies_after_data:
            server.transport.abort()
        return self.behaviour.data

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        """The name and password that are asked for."""
        told = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=told == self.behaviour.login, handled=False)

    def protocol(self) -> SMTP:
        """One connection."""
        told = self.behaviour
        made = SMTP(
            self,
            enable_SMTPUTF8=False,
            hostname="essai.test",
            tls_context=told.tls,
            authenticator=self.authenticate if told.login else None,
            auth_require_tls=False,
        )
        self.connections.append(made)
        return made


@contextmanager
def post_office(**behaviour: Any) -> Iterator[PostOffice]:
    """A server on a free port of this machine, closed whole at the end."""
    office = PostOffice(Behaviour(**behaviour))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    # Asked from here, not run here: the browser's driver may already run a loop of its own in this thread.
    server = asyncio.run_coroutine_threadsafe(_open(office), loop).result(10)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_close(server, office), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _open(office: PostOffice) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(office.protocol, "127.0.0.1", 0)


async def _close(server: asyncio.Server, office: PostOffice) -> None:
    server.close()
    for one in office.connections:
        if one.transport is not None:
            one.transport.abort()
    await asyncio.sleep(0.05)
    await server.wait_closed()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
