"""A post (岗位) is a place that keeps a duty roster: a site, a branch, headquarters, or a support desk."""

from dataclasses import dataclass

from django.db.models import QuerySet

from exam_ops.core.access import Actor, Grant
from exam_ops.core.models import Branch, ExamSite, Membership, SiteUnit, User
from exam_ops.rules.permissions import Role
from incidents.models import Shift

Level = Shift.Level

_ROLES = {
    Level.SITE: (Role.SITE, Role.CHIEF),
    Level.BRANCH: (Role.BRANCH,),
    Level.HQ: (Role.HQ,),
    Level.SUPPORT: (Role.SUPPORT,),
}


@dataclass(frozen=True)
class Post:
    """A site names its site, a branch and its desk their branch; headquarters and its desk name neither."""

    level: str
    branch: Branch | None = None
    site: ExamSite | None = None

    @property
    def key(self) -> str:
        """`site:A1`, `branch:A`, `hq`, `support:A`, `support`: how addresses name the post."""
        place = self.site or self.branch
        return f"{self.level}:{place.code}" if place else str(self.level)

    @property
    def name(self) -> str:
        """The place's own name; empty at headquarters."""
        return str(self.site or self.branch or "")

    def shifts(self) -> QuerySet[Shift]:
        """Every shift of the post."""
        return Shift.objects.filter(level=self.level, branch=self.branch, site=self.site)

    def members(self) -> QuerySet[Membership]:
        """Roles held at the post by active accounts."""
        return Membership.objects.filter(
            role__in=_ROLES[Level(self.level)],
            branch=self.branch,
            site=self.site,
            centre=None,
            candidate=None,
            user__is_active=True,
        )

    def people(self) -> QuerySet[User]:
        """Who may be put on its roster."""
        return User.objects.filter(pk__in=self.members().values("user")).order_by("name", "username")

    def site_units(self) -> QuerySet[SiteUnit]:
        """The site units that the post answers for."""
        if self.site:
            return SiteUnit.objects.filter(site=self.site)
        return SiteUnit.objects.filter(site__branch=self.branch) if self.branch else SiteUnit.objects.all()

    def is_edited_by(self, actor: Actor) -> bool:
        """A site keeps its own roster, a branch its own and its desk's, headquarters its own and every desk's."""
        return any(self._is_own(grant) for grant in actor.holding("duty.edit"))

    def _is_own(self, grant: Grant) -> bool:
        match grant.role:
            case Role.HQ:
                return self.level in (Level.HQ, Level.SUPPORT)
            case Role.BRANCH:
                return self.branch is not None and self.branch.pk == grant.branch_id
            case _:
                return self.site is not None and self.site.pk == grant.site_id


def of_shift(shift: Shift) -> Post:
    """The post whose roster a shift stands on."""
    return Post(shift.level, branch=shift.branch, site=shift.site)


def on_duty_level(level: str, site: ExamSite) -> Post:
    """The post that a level of the ladder is for a site."""
    match Level(level):
        case Level.SITE:
            return Post(Level.SITE, site=site)
        case Level.BRANCH:
            return Post(Level.BRANCH, branch=site.branch)
        case _:
            return Post(Level.HQ)


HEADQUARTERS_DESK = Post(Level.SUPPORT)
