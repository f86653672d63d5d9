"""How the models of core are reached from their place (see `access`)."""

from exam_ops.core import wanted  # noqa: F401  a drill forgets what was picked in it
from exam_ops.core.access import Path, register
from exam_ops.core.models import (
    Branch,
    Candidate,
    Delegation,
    Event,
    ExamPlan,
    ExamRoom,
    ExamSite,
    ProctorProfile,
    RoomSession,
    RosterRow,
    SiteUnit,
    Sitting,
    TimeUnit,
    User,
    WantedDuty,
)

register(Branch, Path(branch=""))
register(ExamSite, Path(site=""))
register(ExamRoom, Path(site="site"))
register(ExamPlan, Path(everyone=True))
register(TimeUnit, Path(everyone=True))
register(SiteUnit, Path(site="site"))
register(RoomSession, Path(site="site_unit__site", room_session=""))
register(Sitting, Path(site="site_unit__site", room_session="room_session", candidate="candidate"))
register(Candidate, Path(site="sittings__site_unit__site", candidate="", centre="centre"))
register(RosterRow, Path(site="room_session__site_unit__site"))
register(Delegation, Path(site="site"))
register(ProctorProfile, Path(site="site"))
register(WantedDuty, Path(site="site_unit__site"))
register(Event, Path(site="site_unit__site"))
register(User, Path(site="memberships__site", branch="memberships__branch"))
