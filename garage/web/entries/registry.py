"""Every kind of entry by the word of its address: add your module here."""

from typing import Final

from garage.domain.errors.base import NotFound
from garage.web.entries import order_parts, order_records, order_states, order_works, tags, work_time
from garage.web.entries.kinds import EntryKind

_MODULES: Final = (
    order_parts,
    order_records,
    order_states,
    order_works,
    tags,
    work_time,
)
KINDS: Final[dict[str, EntryKind]] = {kind.slug: kind for module in _MODULES for kind in module.KINDS}


def kind(slug: str) -> EntryKind:
    """A kind of entry. Raises NotFound."""
    if slug not in KINDS:
        raise NotFound("entry", slug)
    return KINDS[slug]
