"""Why a review of evidence is refused."""

from exam_ops.core.errors import NotAllowed, Refusal
from exam_ops.core.models import SiteUnit
from exam_ops.rules.evidence_review import LEVEL_WORDS, WORDS, Level, Verdict
from exam_ops.rules.moments import BEIJING
from exam_ops.rules.text import Text
from incidents.models import EvidenceReview
from incidents.services.evidence import EvidenceClosed
from incidents.services.messages import clock_time


class AlreadyReviewed(Refusal):
    code, status = "already_reviewed", 409
    title = Text("已有审核结论", "Already reviewed")
    sentence = Text(
        "{level} {by} 已于 {at} 判为“{what}”，以先提交的为准。如需更改，请在该照片上选择更改并写明原因。",
        "{by} ({level}) has reviewed this at {at}: {what}. The first verdict holds; to change it, open the picture "
        "and give your reason.",
    )

    def __init__(self, review: EvidenceReview) -> None:
        at = review.room_session.site_unit.unit.plan.plan_time(review.at)
        super().__init__(
            detail=self.sentence.format(
                level=LEVEL_WORDS[Level(review.level)],
                by=review.by.name,
                at=at.astimezone(BEIJING).strftime("%H:%M"),
                what=WORDS[Verdict(review.verdict)],
            ),
            review=review.pk,
            verdict=review.verdict,
            reviewed_by=review.by.name,
            reviewed_at=at.isoformat(),
        )


class Withdrawn(Refusal):
    code, status = "withdrawn", 409
    title = Text("照片已撤回", "Withdrawn")
    sentence = Text(
        "这张照片已被撤回，无需审核。请继续下一张。",
        "This picture was withdrawn and needs no review. Go on with the next one.",
    )


class OwnPicture(NotAllowed):
    sentence = Text(
        "不能审核自己提交的照片。请由其他受托人或分部审核。",
        "You may not review a picture that you sent. A deputy or the branch must.",
    )


class ChiefFirst(Refusal):
    code, status = "chief_first", 409
    title = Text("待主考审核", "The chief comes first")
    sentence = Text(
        "考点主考还没有审核这张照片。主考审核后，或当天 24:00 后，由分部审核。",
        "The site's chief has not reviewed this picture yet. The branch's turn comes after them, or at 24:00 of the day.",
    )


class NotMissed(Refusal):
    code, status = "not_missed", 409
    title = Text("不是逾期未交", "Not missed")
    sentence = Text(
        "只有逾期未交的应急材料可以这样审核；已提交的请审核照片。",
        "Only duties that were missed are reviewed by themselves; for the others review the picture.",
    )


class NothingToTakeBack(Refusal):
    code, status = "nothing_to_take_back", 409
    title = Text("不能撤销", "It can't be taken back")
    sentence = Text(
        "只能撤销自己的、仍然有效且分部尚未审核的结论。请写明原因后更改，或联系分部。",
        "Only your own verdict that still holds can be taken back, and a chief's only until the branch has spoken. "
        "Change it with a reason, or ask the branch.",
    )


ASKING_IS_OVER = Text(
    "本时间单元的应急材料已于 {closed_at} 截止，不能再要求补拍。可判为“存疑”并写明情况，由分部处理。",
    "Evidence of this unit closed at {closed_at}; no other picture can be asked for. Call it doubtful and say why: "
    "the branch sees to it.",
)


def asking_is_over(site_unit: SiteUnit) -> EvidenceClosed:
    """The refusal to ask again at and after the close."""
    closed_at = site_unit.unit.plan.laid_time(site_unit.evidence_closes_at)
    said = ASKING_IS_OVER.format(closed_at=clock_time(closed_at))
    return EvidenceClosed(closed_at=closed_at.isoformat(), detail=said)
