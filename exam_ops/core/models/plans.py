"""Time: exam plans, units, papers, site units and room sessions."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from exam_ops.core.models.places import ExamRoom, ExamSite
from exam_ops.rules.policy import DEFAULT, Policy


class ExamPlan(models.Model):
    """考试计划. A drill runs on its own clock: plan time = real time + `clock_offset`."""

    class Kind(models.TextChoices):
        REAL = "real"
        MOCK = "mock"
        DRILL = "drill"

    class Mode(models.TextChoices):
        CBE = "cbe"
        PAPER = "paper"

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.REAL)
    mode = models.CharField(max_length=6, choices=Mode.choices, default=Mode.CBE)
    starts_on = models.DateField()
    ends_on = models.DateField()
    clock_offset = models.DurationField(default=timedelta(0))
    clock_set_at = models.DateTimeField(null=True, blank=True)  # when a drill's clock was last jumped
    # The offsets a drill has run on: [from real instant (None: the beginning), seconds], oldest first.
    clock_history = models.JSONField(default=list, blank=True)
    policy_version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="only_a_drill_has_a_clock_of_its_own",
                condition=Q(kind="drill") | Q(clock_offset=timedelta(0)),
            ),
            models.CheckConstraint(
                name="a_plan_ends_after_it_begins", condition=Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_drill(self) -> bool:
        return self.kind == self.Kind.DRILL

    def plan_time(self, at: datetime) -> datetime:
        """What the plan's clock showed at the real instant `at`, now or in the past."""
        for since, seconds in reversed(self.clock_history):
            if since is None or at >= datetime.fromisoformat(since):
                return at + timedelta(seconds=seconds)
        return at + self.clock_offset

    def laid_time(self, at: datetime) -> datetime:
        """The plan time of an instant that was laid by `real_time` and follows every jump, past or ahead."""
        return at + self.clock_offset

    def real_time(self, at: datetime) -> datetime:
        """The real instant of the plan time `at`."""
        return at - self.clock_offset


class PolicyVersion(models.Model):
    """The numbers of a plan as headquarters changed them; version 0 is the contingency plan's own."""

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="policies")
    version = models.PositiveIntegerField()
    values = models.JSONField(default=dict)
    changed_by = models.ForeignKey("core.User", models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "version"], name="policy_versions_count_up")]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.version}"

    def as_policy(self) -> Policy:
        return DEFAULT.changed(self.values)


class TimeUnit(models.Model):
    """时间单元: one scheduled start–end slot, in plan time."""

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="units")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60, blank=True)
    start = models.DateTimeField()
    end = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="a_unit_code_is_unique_in_its_plan"),
            models.CheckConstraint(name="a_unit_ends_after_it_starts", condition=Q(end__gt=F("start"))),
        ]
        ordering = ["start", "code"]

    def __str__(self) -> str:
        return self.name or self.code


class Paper(models.Model):
    """试卷."""

    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="papers")
    number = models.CharField(max_length=10)
    name = models.CharField(max_length=100)
    minutes = models.PositiveIntegerField()
    listening = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="a_paper_number_is_unique_in_its_plan")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Swept(models.Model):
    """Something with deadlines: the engine looks at it when `next_due_at` has come.

    `next_due_at` is a real instant (None: nothing ahead); `generation` rises with each change of time.
    """

    next_due_at = models.DateTimeField(null=True, blank=True)
    generation = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class SiteUnit(Swept):
    """One site in one unit, with its own start and end in plan time and the real instants that matter.

    Engine, conditional updates and triggers compare the `…_at` columns alone with the clock.
    """

    site = models.ForeignKey(ExamSite, models.PROTECT, related_name="site_units")
    unit = models.ForeignKey(TimeUnit, models.CASCADE, related_name="site_units")
    start = models.DateTimeField()
    end = models.DateTimeField()
    paper_minutes = models.JSONField(default=list)
    # What headquarters decided (A4).
    manual_check_for_all = models.BooleanField(default=False)
    evidence_end = models.DateTimeField(null=True, blank=True)  # plan time; None: evidence closes at the end
    stopped_at = models.DateTimeField(null=True, blank=True)  # real; follows a drill's clock
    place = models.CharField(max_length=200, blank=True)  # another address than the site's, while moved

    starts_at = models.DateTimeField()
    entry_opens_at = models.DateTimeField()
    entry_closes_at = models.DateTimeField()
    evidence_closes_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "unit"], name="one_site_unit_per_site_and_unit"),
            models.CheckConstraint(name="a_site_unit_ends_after_it_starts", condition=Q(end__gt=F("start"))),
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"], name="site_unit_due", condition=Q(next_due_at__isnull=False)
            ),
            models.Index(fields=["starts_at"], name="site_unit_start"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id}/{self.unit_id}"

    @property
    def added_time(self) -> timedelta:
        """By how much headquarters lengthened the unit here; every paper has it on top of its minutes (A4)."""
        planned = self.unit.end - self.unit.start
        return max(self.end - self.start - planned, timedelta(0))

    @property
    def evidence_until(self) -> datetime:
        """When evidence closes, in plan time: with the unit, or where headquarters reopened it later."""
        return max(self.end, self.evidence_end or self.end)

    @property
    def stopped_in_entry(self) -> bool:
        """Whether a stop closed entry before its time: nobody is made absent by machine then (A4)."""
        return self.stopped_at is not None and self.stopped_at <= self.entry_closes_at

    @property
    def where(self) -> str:
        """The address at which the unit is sat: the site's, or the one to which headquarters moved it."""
        return self.place or self.site.address


class RoomSession(models.Model):
    """场次: one room in one site unit, with the counters that boards and thresholds read.

    A counter is moved in the transaction that moves its fact; `revision` rises with each of them and
    makes the ETag of every board above.
    """

    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="room_sessions")
    room = models.ForeignKey(ExamRoom, models.PROTECT, related_name="sessions")

    registered = models.IntegerField(default=0)
    signed_in = models.IntegerField(default=0)
    pending = models.IntegerField(default=0)
    approved = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    absent = models.IntegerField(default=0)
    emergency = models.IntegerField(default=0)
    failed_only = models.IntegerField(default=0)  # candidates with a failed attempt and no later pass
    refused_logins = models.IntegerField(default=0)  # candidates whose last client login was refused
    open_incidents = models.IntegerField(default=0)
    app_locked_out = models.BooleanField(default=False)  # an open IDV-03/05: nobody is made absent by machine
    proctors_checked = models.IntegerField(default=0)
    last_sign_in_at = models.DateTimeField(null=True, blank=True)
    revision = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site_unit", "room"], name="one_session_per_room_and_site_unit")
        ]

    def __str__(self) -> str:
        return f"{self.room_id}@{self.site_unit_id}"

    @property
    def not_signed_in(self) -> int:
        return self.registered - self.signed_in - self.pending - self.approved - self.rejected - self.absent
