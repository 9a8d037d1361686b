"""Refusals about the questions of collectivities, and about bills sent by e-mail."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from garage.domain.errors.base import GarageError


class QuestionMissing(GarageError):
    """A question without words, or with too many."""

    field: ClassVar[str | None] = "question"


class AnswerOfQuestionMissing(GarageError):
    """An answer without words, or with too many."""

    field: ClassVar[str | None] = "answer"


class QuestionsClosed(GarageError):
    """No quarter can be questioned before its bill today."""


@dataclass(eq=False)
class LineGone(GarageError):
    """A line that its bill, or a correction of its order, took out of the preview meanwhile."""

    order: str


@dataclass(eq=False)
class QuestionAnswered(GarageError):
    """A question that somebody else has answered already, or that its bill closed."""

    by: str | None


@dataclass(eq=False)
class NotForMail(GarageError):
    """An internal statement goes to nobody."""

    number: str


@dataclass(eq=False)
class NoAddress(GarageError):
    """A collectivity without e-mail address."""

    name: str


@dataclass(eq=False)
class SentMeanwhile(GarageError):
    """A bill that somebody sent since the page was shown: it would go twice."""

    number: str
    at: date
