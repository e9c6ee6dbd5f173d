"""People who sign in, the teams they work in, and whether they are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

LANGUAGES = [("en", "English"), ("vi", "Tiếng Việt"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]


class Role(models.TextChoices):
    """What a person may do. Teams say on which tickets."""

    ADMINISTRATOR = "administrator", _("Administrator")
    SUPERVISOR = "supervisor", _("Supervisor")
    SENIOR = "senior", _("Senior agent")
    AGENT = "agent", _("Agent")
    LIGHT = "light", _("Light agent")


class Team(models.Model):
    """A group of agents. It owns tickets and limits what its members see."""

    class Routing(models.TextChoices):
        PUSH = "push", _("Tickets are given to agents")
        PULL = "pull", _("Agents take the next ticket themselves")

    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=250, blank=True)
    routing = models.CharField(_("routing"), max_length=4, choices=Routing.choices, default=Routing.PUSH)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Sight:
    """What decides what a person may see. Administrators see all: their teams are not asked for."""

    role: str
    is_superuser: bool
    is_active: bool
    team_ids: frozenset[int] | None

    def of(self, pk: int) -> User:
        """Return someone with this sight, who need not exist: to write a query for all who have it.

        Whatever else is asked of them would be looked up and not found: it is no part of the sight.
        """
        known = {"id": pk, "role": self.role, "is_superuser": self.is_superuser, "is_active": self.is_active}
        names = [field.attname for field in User._meta.concrete_fields if field.attname in known]
        someone = User.from_db(DEFAULT_DB_ALIAS, names, [known[name] for name in names])
        someone.team_ids = _Unasked() if self.team_ids is None else self.team_ids
        return someone


class _Unasked(frozenset[int]):
    """The teams of someone whose sight does not depend on them."""

    def __iter__(self) -> Iterator[int]:
        raise ImproperlyConfigured("Pass the teams of an administrator as an argument of their own.")


class User(AbstractUser):
    """Someone who signs in: an agent, a supervisor or an administrator."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("Like the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    first_name = None  # type: ignore[assignment]  # one name: order and number of names differ by culture
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=150)
    email = models.EmailField(_("email"), unique=True)
    role = models.CharField(_("role"), max_length=15, choices=Role.choices, default=Role.AGENT)
    teams = models.ManyToManyField(Team, through="Membership", related_name="members")
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    has_single_keys = models.BooleanField(_("single-key shortcuts"), default=True)
    signature = models.TextField(_("signature"), blank=True)
    capacity = models.DecimalField(
        _("capacity"),
        max_digits=5,
        decimal_places=1,
        default=6,
        help_text=_("How much weighted work may be given to this agent at a time."),
    )
    channel_limits = models.JSONField(
        _("tickets per channel"), default=dict, blank=True, help_text=_('For example {"email": 10}.')
    )
    notifications = models.JSONField(default=dict, blank=True)  # {"browser": true, "email_when_away": true}
    last_send_choice = models.CharField(max_length=10, blank=True)  # "", pending, solved: what Send does
    sign_outs = models.PositiveIntegerField(default=0, editable=False)  # counting up ends every session

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email", "name"]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session lives while its password and its count of sign-outs are the current ones."""
        salt = "accounts.User.session"
        return salted_hmac(
            salt, f"{self.password}/{self.sign_outs}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @cached_property
    def team_ids(self) -> frozenset[int]:
        """The teams whose tickets this person may see; one query per request."""
        return frozenset(self.memberships.values_list("team_id", flat=True))

    @property
    def is_administrator(self) -> bool:
        return self.is_superuser or self.role == Role.ADMINISTRATOR

    @property
    def is_supervisor(self) -> bool:
        """Supervises the teams they belong to; an administrator supervises all."""
        return self.is_administrator or self.role == Role.SUPERVISOR

    @property
    def sight(self) -> Sight:
        """What `visible_to` asks of this person, beside who they are."""
        teams = None if self.is_administrator else self.team_ids
        return Sight(self.role, self.is_superuser, self.is_active, teams)

    @property
    def is_new(self) -> bool:
        """Was added, and has never had a password or signed in."""
        return self.last_login is None and not self.has_usable_password()

    @property
    def is_light(self) -> bool:
        return self.role == Role.LIGHT and not self.is_superuser


class Membership(models.Model):
    """One person in one team."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class Presence(models.Model):
    """Whether an agent can be given work. A row of its own, since it moves every few seconds.

    `chosen` is what the agent set; `state` is what counts: it follows `chosen` while at least one
    tab is alive, and becomes away when the last tab closes, offline when nothing was heard for long.
    """

    class State(models.TextChoices):
        ONLINE = "online", _("Available")
        AWAY = "away", _("Away")
        BUSY = "busy", _("Busy")
        OFFLINE = "offline", _("Offline")

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    chosen = models.CharField(max_length=7, choices=State.choices, default=State.ONLINE)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OFFLINE, db_index=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    last_assigned_at = models.DateTimeField(null=True, blank=True)  # the longest idle comes first

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class Tab(models.Model):
    """One open browser tab of an agent, kept alive by its heartbeat."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tabs")
    key = models.CharField(max_length=40)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="tab_once")]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.key}"


class ApiKey(models.Model):
    """A key for the REST API. Only its hash is kept; the prefix finds it and names it in lists."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal")
        SERVICE = "service", _("Service")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PERSONAL)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)  # SHA-256 of the whole key, hex
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotentCall(models.Model):
    """A write that a program sent with an `Idempotency-Key`, and the answer it got.

    The row is claimed before the work begins: a second call meanwhile is told to wait, a later one
    gets the stored answer. Rows are purged after a day.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotent_call_once")]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.key}"
