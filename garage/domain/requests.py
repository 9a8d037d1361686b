"""Work asked for by whoever uses a vehicle or a place, before it becomes an order."""

from enum import StrEnum


class RequestState(StrEnum):
    """A request is waiting, became an order, or was refused with an answer."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"
