"""The gate: registered addresses, released clients, machines as they reported themselves, logins and refusals."""

from django.db import models
from django.db.models import F, Q


class PublicAddress(models.Model):
    """登记公网IP: a network from which the site's machines reach the portal (D1). Times are real.

    `drill_only`: a loopback or documentation range, good for drill plans alone.
    """

    site = models.ForeignKey("core.ExamSite", models.CASCADE, related_name="public_addresses")
    network = models.CharField(max_length=50)  # normalised: 203.0.113.0/28, 2001:db8::/48
    carrier = models.CharField(max_length=40, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    drill_only = models.BooleanField(default=False)
    registered_by = models.ForeignKey("core.User", models.PROTECT, null=True, blank=True, related_name="+")
    registered_at = models.DateTimeField()
    removed_by = models.ForeignKey("core.User", models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "network"],
                name="a_network_is_registered_once_per_site",
                condition=Q(removed_at=None),
            ),
            models.CheckConstraint(
                name="an_address_ends_after_it_begins",
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.network

    @property
    def shown(self) -> str:
        """The network as people write it: one address without its prefix."""
        single = "/128" if ":" in self.network else "/32"
        return self.network.removesuffix(single)


class ClientRelease(models.Model):
    """A released exam client; the latest `required` one is the least that may log in (B5)."""

    version = models.CharField(max_length=32, unique=True)
    required = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.version


class MachineReport(models.Model):
    """What an exam machine said of itself; problems are warnings (B6). `site` is None where the address fits several."""

    id = models.UUIDField(primary_key=True)
    site = models.ForeignKey(
        "core.ExamSite", models.CASCADE, null=True, blank=True, related_name="machine_reports"
    )
    machine_id = models.CharField(max_length=64, db_index=True)
    client_version = models.CharField(max_length=32)
    os = models.CharField(max_length=100)
    memory_mb = models.PositiveIntegerField(null=True, blank=True)
    disk_gb = models.FloatField(null=True, blank=True)
    opengl = models.CharField(max_length=64, null=True, blank=True)
    directx = models.CharField(max_length=64, null=True, blank=True)
    seen_ip = models.GenericIPAddressField()
    problems = models.JSONField(default=list)  # codes
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.machine_id


class ClientLogin(models.Model):
    """A login that passed the gate: it waits for somebody, or is in. The id is the client's own."""

    class Status(models.TextChoices):
        WAITING_ENTRY = "waiting_entry"  # the entry request is undecided
        WAITING_AUTHORISATION = "waiting_authorisation"  # not the first login (D9)
        AUTHORISED = "authorised"  # until `authorised_until`, not yet used
        ADMITTED = "admitted"
        DENIED = "denied"
        EXPIRED = "expired"

    WAITING = (Status.WAITING_ENTRY, Status.WAITING_AUTHORISATION)
    OPEN = (*WAITING, Status.AUTHORISED)

    id = models.UUIDField(primary_key=True)
    sitting = models.ForeignKey("core.Sitting", models.CASCADE, related_name="client_logins")
    machine_id = models.CharField(max_length=64)
    client_version = models.CharField(max_length=32)
    os = models.CharField(max_length=100)
    seen_ip = models.GenericIPAddressField()
    fingerprint = models.CharField(max_length=64)  # keyed, of the body
    skew_ms = models.BigIntegerField(
        null=True, blank=True
    )  # the plan's clock − the machine's; None is unknown
    nth = models.PositiveIntegerField(default=1)  # which login of this sitting it is, counted by sessions
    status = models.CharField(max_length=24, choices=Status.choices)
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey("core.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True)  # authorised, denied
    reason = models.CharField(max_length=200, blank=True)
    authorised_until = models.DateTimeField(null=True, blank=True)  # real; follows a drill's clock
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_authorisation_has_an_end",
                condition=~Q(status="authorised") | Q(authorised_until__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["sitting", "status"], name="client_login_of_sitting")]

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.status}"

    @property
    def is_waiting(self) -> bool:
        return self.status in self.WAITING


class RefusedLogin(models.Model):
    """A login that was refused: for the offer of D1, for support, and for those who guess."""

    sitting = models.ForeignKey(
        "core.Sitting", models.CASCADE, null=True, blank=True, related_name="refused_logins"
    )
    site = models.ForeignKey(
        "core.ExamSite", models.CASCADE, null=True, blank=True, related_name="refused_logins"
    )
    ticket_no = models.CharField(max_length=30)
    machine_id = models.CharField(max_length=64)
    client_version = models.CharField(max_length=32)
    seen_ip = models.GenericIPAddressField(null=True)
    code = models.CharField(max_length=24)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)  # support lifted the lock it was part of (E11)

    class Meta:
        indexes = [
            models.Index(fields=["site", "at"], name="refused_login_at_site"),
            models.Index(fields=["ticket_no", "machine_id", "at"], name="refused_login_by_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_no} {self.code}"
