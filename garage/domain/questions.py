"""Questions of collectivities on a line: in words, and before its bill while the window of the quarter is open."""

from datetime import date, timedelta
from typing import Final

from garage.domain.errors.questions import AnswerOfQuestionMissing, QuestionMissing
from garage.domain.periods import Quarter

LONGEST: Final = 1000


def window_end(quarter: Quarter, question_days: int) -> date | None:
    """The last day on which a finished quarter may be questioned; None without a window.

    >>> window_end(Quarter(2026, 3), 10)
    datetime.date(2026, 10, 10)
    """
    return quarter.last_day + timedelta(days=question_days) if question_days > 0 else None


def open_window(today: date, question_days: int) -> Quarter | None:
    """The finished quarter whose preview collectivities see and question today.

    >>> str(open_window(date(2026, 10, 10), 10)), open_window(date(2026, 10, 11), 10)
    ('2026-T3', None)
    """
    last = Quarter.of(today).previous
    end = window_end(last, question_days)
    return last if end is not None and today <= end else None


def read_question(text: str) -> str:
    """The words of a question, spaces around removed. Raises QuestionMissing for none, or more than 1000 letters."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise QuestionMissing
    return words


def read_answer(text: str) -> str:
    """The words of an answer. Raises AnswerOfQuestionMissing for none, or more than 1000 letters."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise AnswerOfQuestionMissing
    return words
