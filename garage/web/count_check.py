"""The check page of a count, its approval, and what keeps it from there: sent back, counted again, given up (S2)."""

from typing import Final

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from garage import clock
from garage.db.queries import counts as queries
from garage.domain.counts import CountReason, CountState, precision
from garage.domain.errors.base import Conflict, GarageError
from garage.domain.errors.counts import CountClosed
from garage.domain.permissions import Permission
from garage.operations import count_approval, counting
from garage.operations.count_approval import Approval
from garage.web import count_words, paging
from garage.web.access import actor, allow
from garage.web.context import reading, transaction
from garage.web.forms.counts import CancelForm, approval_form
from garage.web.htmx import form_page
from garage.web.notices import done

_SHOWN: Final = 100


@allow(Permission.READ_VALUE)
def approve(count_id: int) -> ResponseReturnValue:
    """Everything that the approval would write, to be agreed to."""
    with reading() as session:
        count = queries.one(session, count_id)
        if count.state is not CountState.TO_APPROVE:
            raise CountClosed(count.number, count.state)
        lines = queries.differing(session, count_id)
        sums = queries.sums(session, [count_id])[count_id]
        late = count_approval.put_off(session, count.counted_on, lines)
    worth = count_words.values(lines, late)
    ranked = sorted(lines, key=lambda line: (-abs(worth[line.id]), line.id))
    form = approval_form(ranked[:_SHOWN], data={"seen": str(count.version)})
    if form.validate_on_submit():
        other = CountReason(form.other.data) if form.other.data in set(CountReason) else None
        approval = Approval(paging.whole(form.seen.data) or 0, form.reasons(ranked[:_SHOWN]), other)
        try:
            with transaction() as session:
                written = count_approval.approve(session, count_id, approval, actor(), clock.now())
            done(f"Inventaire {count.number} approuvé, {written} {'écarts écrits' if written > 1 else 'écart écrit'}")
            return redirect(url_for("counts.show", count_id=count_id), 303)
        except (Conflict, CountClosed):
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    missing, excess = count_words.both_ways(worth.values())
    return form_page(
        "counts/approve.html",
        form,
        count=count,
        rows=ranked[:_SHOWN],
        others=max(len(lines) - _SHOWN, 0),
        sums=sums,
        missing=missing,
        excess=excess,
        net=excess - missing,
        precision=precision(sums.right, sums.counted),
        place=count_words.place,
        worth=worth,
        late=late,
    )


@allow(Permission.READ_VALUE)
def send_back(count_id: int) -> ResponseReturnValue:
    """Have it counted further."""
    with transaction() as session:
        counting.send_back(session, count_id, actor(), clock.now())
    done("Inventaire renvoyé au comptage")
    return redirect(url_for("counts.show", count_id=count_id), 303)


@allow(Permission.READ_VALUE)
def count_again(count_id: int, line_id: int) -> ResponseReturnValue:
    """Have one line counted once more."""
    with transaction() as session:
        counting.count_again(session, count_id, line_id, actor(), clock.now())
    done("Second comptage demandé")
    return redirect(url_for("counts.show", count_id=count_id, lignes="a-recompter"), 303)


@allow(Permission.MANAGE_STOCK, Permission.READ_VALUE)
def cancel(count_id: int) -> ResponseReturnValue:
    """Give it up, with the reason: the stock stays as it is."""
    with reading() as session:
        count = queries.one(session, count_id)
    form = CancelForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                counting.cancel(session, count_id, form.reason.data or "", actor(), clock.now())
            done(f"Inventaire {count.number} abandonné")
            return redirect(url_for("counts.show", count_id=count_id), 303)
        except CountClosed:
            raise
        except GarageError as refusal:
            form.refuse(refusal)
    return form_page("counts/cancel.html", form, count=count)
