"""The reckoning: every check that was ever taken has one answer and one effect, asked of the portal alone.

Each phone sends all its checks of a room once more, as they are: the portal must know each of them and answer
as it did. Then the room's list and figures must agree with what was taken.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from exam_ops.sim.ledger import Ledger
from exam_ops.sim.phone import BATCH, Phone
from exam_ops.sim.queue import Capture, Id

STATUSES = ("signed_in", "pending", "approved", "rejected", "absent")
LET_IN = ("signed_in", "approved")


def room(ledger: Ledger, phones: Sequence[Phone], room_session: Id, *, closes: datetime) -> int:
    """Reckons one room with the phones that worked there; returns how many checks were taken.

    `closes` is its close of entry in exam time. What is wrong is counted in the ledger.
    """
    taken = 0
    for phone in phones:
        own = [capture for where, capture in phone.journal if where == room_session]
        taken += len(own)
        ledger.check(
            "手机中无滞留", not phone.queue[room_session], f"{phone.username}: {phone.queue[room_session]}"
        )
        for n in range(0, len(own), BATCH):
            _send_again(ledger, phone, room_session, own[n : n + BATCH])
    roster = ledger.attempt("考场名单", lambda: phones[0].roster(room_session))
    if roster is not None:
        _list(ledger, phones, room_session, roster, closes)
        _figures(ledger, phones, room_session, roster)
    return taken


def _send_again(ledger: Ledger, phone: Phone, room_session: Id, captures: Sequence[Capture]) -> None:
    first = {capture.id: phone.told.get(capture.id) for capture in captures}
    for result in ledger.attempt("重发核验", lambda: phone.send(room_session, captures)) or []:
        before, now = first[result["id"]], (result["status"], result["code"] or "")
        right = before is not None and now == (("rejected", before[1]) if before[1] else ("duplicate", ""))
        ledger.check("重发得到原答复", right, f"{phone.username} {result['id']}: {before}, then {now}")


def _list(
    ledger: Ledger, phones: Iterable[Phone], room_session: Id, roster: list[dict[str, Any]], closes: datetime
) -> None:
    """Whoever passed in time is in; nobody else is signed in; what arrived after the close is marked."""
    arrivals: dict[Id, list[datetime]] = {}
    for phone in phones:
        for where, capture in phone.journal:
            counts = where == room_session and capture.outcome == "passed"
            if counts and phone.told.get(capture.id, ("", "lost"))[1] == "":
                arrivals.setdefault(capture.sitting, []).append(phone.told_at[capture.id])
    for row in roster:
        status, arrived = row["entry_status"], arrivals.get(row["sitting"])
        right = status in LET_IN if arrived else status != "signed_in"
        ledger.check("名单与核验一致", right, f"{row['ticket_no']}: {status}, {len(arrived or ())} passed")
        if arrived and status == "signed_in" and "late" in row:
            late = min(arrived) >= closes
            ledger.check(
                "迟到数据已标注", row["late"] == late, f"{row['ticket_no']}: {row['late']}, not {late}"
            )


def _figures(ledger: Ledger, phones: Sequence[Phone], room_session: Id, roster: list[dict[str, Any]]) -> None:
    stats = ledger.attempt("签到统计", lambda: phones[0].stats(room_session))
    if stats is None:
        return
    counted = Counter(row["entry_status"] for row in roster)
    must = {name: counted[name] for name in STATUSES} | {"registered": len(roster)}
    shown = {name: stats[name] for name in must}
    ledger.check("统计与名单一致", shown == must, f"{shown}, not {must}")
    own = {phone.device.device_id for phone in phones}
    gaps = [gap for gap in stats["missing_from_phones"] if gap["device_id"] in own]
    ledger.check("没有未到达的签到", not gaps, gaps)
