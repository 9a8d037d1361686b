"""Refusals about requests and the e-mails that follow them."""

from dataclasses import dataclass
from typing import ClassVar

from garage.domain.errors.base import Conflict, GarageError
from garage.domain.errors.users import TooManyAttempts


@dataclass(eq=False)
class WhatMissing(GarageError):
    """A request that does not say what happens, or says it at too great a length."""

    field: ClassVar[str | None] = "what"


@dataclass(eq=False)
class ContactMissing(GarageError):
    """A request without any way to answer it."""

    field: ClassVar[str | None] = "email"


@dataclass(eq=False)
class BadPhone(GarageError):
    """A telephone number that is none."""

    text: str
    field: ClassVar[str | None] = "phone"


@dataclass(eq=False)
class TooManyPhotos(GarageError):
    """More photos than a request takes."""

    most: int
    field: ClassVar[str | None] = "photos"


@dataclass(eq=False)
class TooManyRequests(TooManyAttempts):
    """Requests throttled until an instant, for a vehicle or for a machine's address."""

    field: ClassVar[str | None] = None


@dataclass(eq=False)
class RequestAnswered(Conflict):
    """A request that somebody has accepted or refused already; `number` is its own."""

    number: str


@dataclass(eq=False)
class AnswerMissing(GarageError):
    """A refusal of a request without a word for whoever asked."""

    field: ClassVar[str | None] = "answer"


@dataclass(eq=False)
class OrderElsewhere(GarageError):
    """An order that is not open, or not about the thing of the request."""

    number: str
    field: ClassVar[str | None] = "order"


@dataclass(eq=False)
class MailNotGivenUp(GarageError):
    """An e-mail that went, or that still goes by itself: sending it again would send it twice."""
