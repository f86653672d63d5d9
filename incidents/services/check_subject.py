"""What the checks of one picture share: it is read and decoded once, however many look at it."""

from datetime import datetime, timedelta
from functools import cached_property

from exam_ops.core import exif, files, picture_copies
from exam_ops.core.exif import Claims
from exam_ops.core.models import ExamPlan, SiteUnit
from exam_ops.rules import evidence_checks, likeness
from exam_ops.rules.photo_hints import Measures
from incidents.models import Evidence, EvidencePicture
from incidents.services.pictures import FORMATS

DISPLAY, THUMB = 1600, 320  # pixels: a room of thirty is to be recognised, and fits on a screen


class Subject:
    """One piece of evidence under its checks. What is asked for raises `FileNotFoundError` where the original is lost."""

    def __init__(self, evidence: Evidence, *, now: datetime) -> None:
        self.evidence, self.now = evidence, now

    @property
    def site_unit(self) -> SiteUnit:
        return self.evidence.room_session.site_unit

    @property
    def plan(self) -> ExamPlan:
        return self.site_unit.unit.plan

    @property
    def skew(self) -> timedelta:
        """What brings the phone's clock to the server's; nothing where it is unknown."""
        return timedelta(milliseconds=self.evidence.skew_ms or 0)

    @cached_property
    def claims(self) -> Claims:
        """What the file says of itself."""
        with files.open(self.evidence.sha256) as file:
            return exif.read(file, FORMATS)

    @cached_property
    def picture(self) -> EvidencePicture:
        """Measures and copies of the picture; made once, whoever asks first."""
        made = EvidencePicture.objects.filter(pk=self.evidence.pk).first()
        return made or _make(self.evidence, is_drill=self.plan.is_drill, now=self.now)

    @property
    def measures(self) -> Measures | None:
        """None where the picture could not be decoded."""
        row = self.picture
        if row.width is None:
            return None
        return Measures(
            width=row.width,
            height=row.height or 0,
            sharpness=row.sharpness or 0.0,
            brightness=row.brightness or 0.0,
            contrast=row.contrast or 0.0,
            likeness=0,
        )


def _make(evidence: Evidence, *, is_drill: bool, now: datetime) -> EvidencePicture:
    """Draws and measures one picture; of two workers at once the first one's row stands, and both are alike."""
    row = EvidencePicture(evidence=evidence, sha256=evidence.sha256, is_drill=is_drill, made_at=now)
    try:
        with files.open(evidence.sha256) as original:
            made = picture_copies.draw(original, FORMATS, display=DISPLAY, thumb=THUMB)
    except picture_copies.NoCopy:
        pass
    else:
        of = made.measures
        row.width, row.height, row.sharpness = of.width, of.height, of.sharpness
        row.brightness, row.contrast = of.brightness, of.contrast
        row.display, row.thumb = files.save(made.display), files.save(made.thumb)
        if not evidence_checks.is_flat(of):
            row.band_0, row.band_1, row.band_2, row.band_3 = likeness.bands(of.likeness)
    EvidencePicture.objects.bulk_create([row], ignore_conflicts=True)
    return row
