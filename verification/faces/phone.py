"""The phone's own result at the door."""

from typing import ClassVar

from exam_ops.rules.text import Text
from verification.faces.matcher import NoOpinion, Opinion, Outcome, Pair

_WORDS = {
    Outcome.SAME: Text("手机识别通过", "The phone found a match"),
    Outcome.DIFFERS: Text("手机识别未通过", "The phone found no match"),
}


class PhoneResult:
    """Repeats what the App reported with the sign-in."""

    name: ClassVar[str] = "phone"
    is_outside: ClassVar[bool] = False

    def compare(self, pair: Pair) -> Opinion:
        """The phone's outcome and score; raises `NoOpinion` where no phone has looked."""
        if pair.phone_passed is None:
            raise NoOpinion("no phone")
        outcome = Outcome.SAME if pair.phone_passed else Outcome.DIFFERS
        return Opinion(outcome, pair.phone_score, _WORDS[outcome])
