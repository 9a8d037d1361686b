"""The exchange with a mail server: one connection for several mails, and what a failure means for the mail."""

import contextlib
import hashlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from types import TracebackType
from typing import Self

from garage.clock import PARIS
from garage.french.request_mails import at_site
from garage.operations.bill_mails import Attachment
from garage.operations.mails import Taken

SECURITIES = ("starttls", "tls", "aucune")
_FOR_GOOD = 500


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails go, as whom, and the address of the garage that they carry; `timeout` in seconds for each answer."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    site: str = ""
    timeout: float = 30.0


class NotSent(Exception):
    """A mail did not go: why, in a few French words without secret, and what it means for it and for the others."""

    def __init__(self, why: str, *, for_good: bool = False, unreachable: bool = False) -> None:
        super().__init__(why)
        self.why, self.for_good, self.unreachable = why, for_good, unreachable


class Connection:
    """A connection opened at the first mail, and again after one that broke it."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._open: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._open is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._open.quit()
        self._drop()

    def send(self, taken: Taken, attachment: Attachment | None = None) -> None:
        """Hand a mail over to the server. Raises NotSent."""
        message = compose(taken, self._server, attachment)
        if self._open is None:
            self._open = self._connect()
        try:
            sender = message["From"].addresses[0].addr_spec
            self._open.send_message(message, from_addr=sender, to_addrs=[taken.recipient])
        except smtplib.SMTPNotSupportedError:
            raise NotSent("Le serveur n’accepte pas les lettres accentuées de cette adresse", for_good=True) from None
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = refused.recipients[taken.recipient]
            raise NotSent(_told("Adresse refusée", code, text), for_good=code >= _FOR_GOOD) from None
        except smtplib.SMTPSenderRefused as refused:
            raise NotSent(_told("Expéditeur refusé", refused.smtp_code, refused.smtp_error)) from None
        except smtplib.SMTPDataError as refused:
            told = _told("Message refusé", refused.smtp_code, refused.smtp_error)
            raise NotSent(told, for_good=refused.smtp_code >= _FOR_GOOD) from None
        except (smtplib.SMTPException, OSError):
            self._drop()
            raise NotSent("Le serveur a rompu l’échange, ou n’a pas répondu à temps") from None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        made: smtplib.SMTP | None = None
        try:
            if server.security == "tls":
                context = ssl.create_default_context()
                made = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
            else:
                made = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
            if server.security == "starttls":
                made.starttls(context=ssl.create_default_context())
            if server.user:
                made.login(server.user, server.password)
        except (smtplib.SMTPException, OSError) as failure:
            if made is not None:
                made.close()
            raise NotSent(_unreachable(failure), unreachable=True) from None
        return made

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def compose(taken: Taken, server: MailServer, attachment: Attachment | None = None) -> EmailMessage:
    """A mail as it leaves: plain text and the PDF it carries, the same Message-ID whenever it is sent.

    Raises NotSent for a bad address.
    """
    message = EmailMessage()
    name, sender = parseaddr(server.sender)
    try:
        message["From"] = _address(name or "Garage mutualisé", sender)
        message["To"] = _address("", taken.recipient)
    except (MessageError, ValueError):
        raise NotSent("Adresse illisible", for_good=True) from None
    message["Subject"] = taken.subject
    message["Date"] = taken.created_at.astimezone(PARIS)
    digest = hashlib.sha256(f"{taken.key} {taken.created_at.isoformat()}".encode()).hexdigest()
    message["Message-ID"] = f"<{digest[:32]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(at_site(taken.body, server.site))
    if attachment is not None:
        message.add_attachment(attachment.content, "application", "pdf", filename=attachment.name)
    return message


def _address(name: str, text: str) -> Address:
    """Raises ValueError for what is no address, or would end the line."""
    user, _, domain = text.rpartition("@")
    if not user or not domain:
        raise ValueError(text)
    return Address(name, user, domain)


def _told(what: str, code: int, text: bytes | str) -> str:
    """What the server answered, on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    seen = "".join(letter if letter.isprintable() else " " for letter in words)
    return f"{what} : {code} {' '.join(seen.split())}"


def _unreachable(failure: Exception) -> str:
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        return f"Nom ou mot de passe refusé par le serveur ({failure.smtp_code})"
    if isinstance(failure, smtplib.SMTPNotSupportedError):
        return "Le serveur n’offre pas la sécurité demandée"
    return f"Serveur injoignable ({type(failure).__name__})"
