"""Acts on people's clocks as French sentences, for the journal."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from garage.clock import paris_day
from garage.domain.work_time import Activity
from garage.french.formats import day
from garage.french.labels import label
from garage.french.times import stretch

_Data = Mapping[str, Any]


def _words(told: Any) -> str:
    """A segment as the journal kept it: on what, which day, from when to when."""
    if not isinstance(told, Mapping):
        return ""
    activity = told.get("activity")
    what = label(Activity(activity)) if activity in set(Activity) else str(told.get("order") or "")
    start, end = (_instant(told.get(name)) for name in ("start", "end"))
    if start is None:
        return what
    return f"{what}, le {day(paris_day(start))} {stretch(start, end)}"


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _told(done: str) -> Callable[[str, _Data], str]:
    """What was done to whose time: as it was and as it is, where they differ, and why."""

    def sentence(_key: str, data: _Data) -> str:
        before, after = _words(data.get("before")), _words(data.get("after"))
        times = " → ".join(words for words in dict.fromkeys((before, after)) if words)
        reason = f", motif : {data['reason']}" if data.get("reason") else ""
        return f"{done} ({data.get('person') or ''}) : {times}{reason}"

    return sentence


SENTENCES: dict[str, Callable[[str, _Data], str]] = {
    "clock.start": _told("Chrono démarré"),
    "clock.stop": _told("Chrono arrêté"),
    "clock.stop_for": _told("Chrono arrêté par le chef d’atelier"),
    "clock.undo": _told("Chrono rétabli"),
    "clock.confirm": _told("Fin d’un chrono oublié"),
    "clock.correct": _told("Temps corrigé"),
    "clock.add": _told("Temps ajouté à la main"),
    "clock.remove": _told("Temps retiré"),
}
