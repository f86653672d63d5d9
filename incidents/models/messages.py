"""Messages: the inbox, the channels of each organisation, their templates, and what became of each sending."""

from django.db import models
from django.db.models import F, Q

from exam_ops.core.fields import EncryptedField
from exam_ops.core.models import Branch, ExamPlan, ExamSite, Retried, SiteUnit, User
from exam_ops.rules.escalation import Level
from incidents.models.decisions import Decision
from incidents.models.incidents import Incident, LadderStep


class Notification(models.Model):
    """A message in a person's inbox; `key` makes a repeated delivery harmless."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=200)
    event = models.CharField(max_length=40, default="")  # those of one kind are shown bundled
    title = models.JSONField()  # {zh, en}
    body = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="+")
    step = models.ForeignKey(LadderStep, models.SET_NULL, null=True, blank=True, related_name="notifications")
    decision = models.ForeignKey(Decision, models.CASCADE, null=True, blank=True, related_name="notices")
    plan = models.ForeignKey("core.ExamPlan", models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="a_message_arrives_once")]
        indexes = [models.Index(F("user"), F("created_at").desc(), name="inbox_of_user")]

    def __str__(self) -> str:
        return self.key


class Channel(models.Model):
    """Where an organisation hears of things besides the portal: a site's, a branch's or headquarters' own (E4)."""

    class Kind(models.TextChoices):
        EMAIL = "email"
        WEBHOOK = "webhook"
        DINGTALK = "dingtalk"
        WECOM = "wecom"
        FEISHU = "feishu"

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    level = models.CharField(max_length=6, choices=[(v.value, v.value) for v in Level])
    branch = models.ForeignKey(Branch, models.CASCADE, null=True, blank=True, related_name="channels")
    site = models.ForeignKey(ExamSite, models.CASCADE, null=True, blank=True, related_name="channels")
    address = EncryptedField()  # a mail address, a URL, or the token of a chat robot
    secret = EncryptedField(blank=True, default="")
    language = models.CharField(max_length=10, default="zh-hans")
    least_grade = models.PositiveSmallIntegerField(default=4)  # hears of this grade and worse
    is_active = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0)  # tries in a row that failed
    paused_until = models.DateTimeField(null=True, blank=True)  # real; a dead target is left alone a while
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_channel_belongs_to_its_level",
                condition=Q(level="hq", branch=None, site=None)
                | Q(level="branch", branch__isnull=False, site=None)
                | Q(level="site", branch=None, site__isnull=False),
            )
        ]
        ordering = ["level", "name"]

    def __str__(self) -> str:
        return self.name


class Template(models.Model):
    """The words of one kind of message as headquarters changed them; without a row the portal's own hold."""

    event = models.CharField(max_length=40, unique=True)
    title = models.JSONField()  # {zh, en}
    body = models.JSONField()
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.event


class Delivery(models.Model):
    """One sending through one channel: the delivery log; `key` goes with every try, so a receiver can tell repeats."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"  # tried, and will be again
        GIVEN_UP = "given_up"

    key = models.CharField(max_length=200, unique=True)
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="deliveries")
    channel_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10)
    event = models.CharField(max_length=40)
    title = models.JSONField()
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="deliveries")
    step = models.ForeignKey(LadderStep, models.SET_NULL, null=True, blank=True, related_name="deliveries")
    plan = models.ForeignKey(ExamPlan, models.CASCADE, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.key


class DigestLine(Retried):
    """A line that waits to be told to a branch together with others, so that a national morning drowns nobody.

    `next_due_at`: when the branch is told at the latest (None: it was told).
    """

    branch = models.ForeignKey(Branch, models.CASCADE, related_name="+")
    plan = models.ForeignKey(ExamPlan, models.CASCADE, related_name="+")
    site_unit = models.ForeignKey(SiteUnit, models.CASCADE, related_name="+")
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="digest_lines")
    key = models.CharField(max_length=200, unique=True)
    text = models.JSONField()  # {zh, en}
    written_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_due_at"], name="digest_due", condition=Q(next_due_at__isnull=False)),
            models.Index(fields=["branch"], name="digest_waiting", condition=Q(told_at=None)),
        ]

    def __str__(self) -> str:
        return self.key
