"""What an admission ticket says besides its facts: entry times, rules, the plan's advice (C1, B4; 二(一)1, 二(三)1).

The advice is the contingency plan's own: come early, bring what is asked for, look into the camera. Which
rule admits somebody whose ticket is missing or wrong stands here too, so that the record names it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exam_ops.rules.moments import entry_window
from exam_ops.rules.policy import DEFAULT, Policy
from exam_ops.rules.text import Text


@dataclass(frozen=True, slots=True)
class EntryTimes:
    """When a candidate may come in, in plan time: half-open `[opens, closes)`."""

    opens: datetime
    start: datetime
    closes: datetime
    end: datetime


def entry_times(start: datetime, end: datetime, policy: Policy = DEFAULT) -> EntryTimes:
    """The times that the ticket prints for a site's own start and end."""
    window = entry_window(start, policy)
    return EntryTimes(window.opens, start, window.closes, end)


RULES: tuple[Text, ...] = (
    Text(
        "凭本准考证和有效身份证件原件，经人脸识别核验后入场，对号入座。",
        "Bring this ticket and your original identity document; you enter after the face check and take your own seat.",
    ),
    Text(
        "不愿人脸识别的，请在考前告知考点，由工作人员人工核验，不影响考试。",
        "If you decline face recognition, tell the site before the exam: staff check you by hand, with no disadvantage.",
    ),
    Text(
        "停止入场时间之后不得入场；考试期间遵守监考教师的安排。",
        "Nobody enters after entry has closed. Follow the proctors during the exam.",
    ),
)

ADVICE: tuple[Text, ...] = (
    Text(
        "请提前到达考点，预留核验时间；核验时正对摄像头，勿戴帽子、墨镜和口罩，避开逆光。",
        "Come early and leave time for the check. Face the camera, without hat, sunglasses or mask, and out of back light.",
    ),
    Text(
        "准考证遗失、未打印或信息有误，请立即联系考点，现场可补打或更正。",
        "If your ticket is lost, not printed or wrong, call the site at once: it reprints or corrects it on the spot.",
    ),
)


class Problem(StrEnum):
    """What was wrong with a ticket at the door (IDV-01)."""

    MISSING = "missing"
    UNPRINTED = "unprinted"
    WRONG_NAME = "wrong_name"
    WRONG_PHOTO = "wrong_photo"
    WRONG_PLACE = "wrong_place"
    OTHER = "other"


class Rule(StrEnum):
    """Under which rule somebody was admitted, or not, with a missing or wrong ticket."""

    REPRINTED = "reprinted"
    CORRECTED = "corrected"
    DOCUMENTS = "documents"
    POLICE_PROOF = "police_proof"
    NOT_ADMITTED = "not_admitted"


PROBLEMS: dict[Problem, Text] = {
    Problem.MISSING: Text("准考证遗失", "Ticket lost"),
    Problem.UNPRINTED: Text("准考证未打印", "Ticket not printed"),
    Problem.WRONG_NAME: Text("姓名或证件信息有误", "Name or document data wrong"),
    Problem.WRONG_PHOTO: Text("照片缺失或有误", "Photo missing or wrong"),
    Problem.WRONG_PLACE: Text("考场、座位或时间有误", "Room, seat or time wrong"),
    Problem.OTHER: Text("其他", "Other"),
}

ADMISSIONS: dict[Rule, Text] = {
    Rule.REPRINTED: Text("现场补打准考证后入场", "Admitted with a ticket reprinted on the spot"),
    Rule.CORRECTED: Text("核对原始信息并更正后入场", "Admitted after checking and correcting the data"),
    Rule.DOCUMENTS: Text(
        "持有效身份证件，经核对名单后入场", "Admitted on a valid identity document and the list"
    ),
    Rule.POLICE_PROOF: Text(
        "证件遗失，持公安机关证明并经分部同意入场",
        "Document lost: admitted on proof from the police with the branch's consent",
    ),
    Rule.NOT_ADMITTED: Text("按相关管理规定未予入场", "Not admitted under the rules"),
}
