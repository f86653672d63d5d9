"""What keeps a room's proctors out of the App, person by person: account, certificate, phone, last try (C5, C7)."""

from dataclasses import dataclass
from datetime import datetime

from exam_ops.core.models import ExamPlan, RosterRow, User
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from verification.selectors.phones import PhoneFacts, facts_of

OUTCOMES = {
    "passed": Text("登录成功", "signed in"),
    "bad_credentials": Text("账号或密码有误", "wrong user name or password"),
    "locked": Text("账号已锁定", "account locked"),
    "app_update_required": Text("App 须更新", "App must be updated"),
    "device_unsupported": Text("手机不符合要求", "phone not supported"),
    "proctor_not_certified": Text("未通过实名认证", "not certified"),
}
POSITIONS = {
    RosterRow.Position.LEAD: Text("监考一", "Lead"),
    RosterRow.Position.SECOND: Text("监考二", "Second"),
}


@dataclass(frozen=True, slots=True)
class Triage:
    """One proctor of a room: who, when they checked their own face (real), and what is known of the phone."""

    user: User
    position: str
    checked_at: datetime | None
    facts: PhoneFacts

    @property
    def problems(self) -> list[Text]:
        """What must be put right, in the order of the card: account, certificate, device and version."""
        found = []
        if self.facts.is_locked:
            found.append(Text("账号已锁定", "account locked"))
        if self.facts.certified is False:
            found.append(Text("未通过实名认证", "not certified"))
        return found + [problem.detail for problem in self.facts.problems]

    @property
    def phone(self) -> str:
        """Model, system and App of the phone last tried with."""
        facts = self.facts
        system = " ".join(filter(None, (facts.platform, facts.os_version)))
        app = f"App {facts.app_version}" if facts.app_version else ""
        return " · ".join(filter(None, (facts.model, system, app)))

    @property
    def outcome(self) -> Text | None:
        """How the last try ended; None: nobody has tried."""
        code = self.facts.outcome
        return OUTCOMES.get(code, Text(code, code)) if code else None


def of_room(room_session_id: int, *, now: datetime) -> list[Triage]:
    """The proctors on the room's roster, the lead first."""
    roster = RosterRow.objects.filter(room_session=room_session_id).select_related("proctor")
    rows = list(roster.order_by("position", "pk"))
    facts = facts_of([row.proctor for row in rows], now=now)
    return [Triage(row.proctor, row.position, row.checked_at, facts[row.proctor_id]) for row in rows]


def sentence(found: list[Triage], plan: ExamPlan) -> Text:
    """The facts as one line a person, for an incident's timeline; times on the plan's clock."""
    if not found:
        return Text("本考场没有编排监考教师。", "No proctor is rostered for this room.")
    lines = [_line(each, plan) for each in found]
    return Text("\n".join(line.zh for line in lines), "\n".join(line.en for line in lines))


def _line(each: Triage, plan: ExamPlan) -> Text:
    none_known = Text("未发现账号或手机问题", "no fault of account or phone known")
    position = POSITIONS[RosterRow.Position(each.position)]
    said = [Text("{position} {name}", "{position} {name}").format(position=position, name=each.user.name)]
    said += each.problems or [none_known]
    if each.phone:
        said.append(Text(each.phone, each.phone))
    said.append(_last_try(each, plan))
    checked = Text("本人已核验", "own face checked"), Text("本人未核验", "own face not checked")
    said.append(checked[0] if each.checked_at else checked[1])
    return Text("；".join(text.zh for text in said), "; ".join(text.en for text in said))


def _last_try(each: Triage, plan: ExamPlan) -> Text:
    if each.outcome is None or each.facts.tried_at is None:
        return Text("没有手机登录记录", "no sign-in from a phone")
    at = plan.plan_time(each.facts.tried_at).astimezone(BEIJING).strftime("%m-%d %H:%M")
    return Text("最近登录 {at} {how}", "last try {at}: {how}").format(at=at, how=each.outcome)
