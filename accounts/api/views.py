"""People, teams, presence, oneself, and the keys of programs."""

from __future__ import annotations

import django_filters as filters
from allauth.core.exceptions import ReauthenticationRequired
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import keys, people, profile, teams
from accounts.actions.presence import choose_presence
from accounts.api import serializers as shapes
from accounts.api.base import GONE, ApiView
from accounts.api.fields import IdFilter
from accounts.api.pages import Pages
from accounts.models import ApiKey, Presence, Role, Team, User
from accounts.proof import require_proof
from helpdesk.errors import NotAllowedError


class ByName(Pages):
    orders = {"name": ("name", "id"), "newest": ("-id",)}


class AgentFilter(filters.FilterSet):
    """Which people."""

    team = IdFilter(label=_lazy("Team"), field_name="memberships__team")

    class Meta:
        model = User
        fields = ["is_active", "role"]


class KeyFilter(filters.FilterSet):
    """Which keys."""

    user = IdFilter(label=_lazy("Person"), field_name="user_id")

    class Meta:
        model = ApiKey
        fields = ["kind"]


class PeopleView(ApiView):
    """Base of the views about people."""

    scope = "people"

    def require_person(self) -> None:
        """Refuse a key what would open accounts to whoever finds it: that is for people who signed in."""
        if isinstance(self.request.auth, ApiKey):
            raise NotAllowedError(_("A key may not do this. Sign in and use the settings."))
        self.require_proof()

    def require_proof(self) -> None:
        """Of a session ask for a password given lately, as its pages do. A key is proof enough."""
        if isinstance(self.request.auth, ApiKey):
            return
        try:
            require_proof(self.request._request)
        except ReauthenticationRequired:
            where = reverse("account_reauthenticate")
            sentence = _("Enter your password again at %(address)s, then repeat this.") % {"address": where}
            raise NotAllowedError(sentence, code="reauthenticate") from None


def _agent(pk: int) -> User:
    return get_object_or_404(User.objects.select_related("presence").prefetch_related("teams"), pk=pk)


class Agents(PeopleView, ListAPIView):
    """Everyone who signs in. Colleagues know each other, so this is the same for all."""

    serializer_class = shapes.AgentOutput
    pagination_class = ByName
    queryset = User.objects.select_related("presence").prefetch_related("teams")
    filterset_class = AgentFilter

    @extend_schema(request=shapes.AgentInput, responses={201: shapes.AgentOutput})
    def post(self, request: Request) -> Response:
        """Add a person. Administrators only; another administrator is not added with a key."""
        data = self.checked(shapes.AgentInput)
        if data.get("role") == Role.ADMINISTRATOR:
            self.require_person()
        self.require_proof()
        user = people.create_user(actor=self.user, **data)
        return Response(shapes.AgentOutput(_agent(user.pk)).data, status=201)


class OneAgent(PeopleView):
    """One person."""

    @extend_schema(responses=shapes.AgentOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.AgentOutput(_agent(pk)).data)

    @extend_schema(request=shapes.AgentChanges, responses=shapes.AgentOutput)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a person, let them in or out. Administrators only.

        With a key neither the email address is changed, by which people sign in, nor an administrator.
        """
        user, changes = _agent(pk), self.checked(shapes.AgentChanges)
        is_new_email = changes.get("email", user.email).lower() != user.email
        if user.is_administrator or is_new_email or changes.get("role") == Role.ADMINISTRATOR:
            self.require_person()
        if changes.get("role", user.role) != user.role:
            self.require_proof()
        active = changes.pop("is_active", None)
        with transaction.atomic():  # all of it, or none
            people.update_user(user, actor=self.user, **changes)
            if active is not None:
                people.set_active(user, active=active, actor=self.user)
        return Response(shapes.AgentOutput(_agent(pk)).data)


class ResetLink(PeopleView):
    """A link by which a person chooses a password. Only they get it, by mail."""

    @extend_schema(request=None, responses={204: GONE})
    def post(self, request: Request, pk: int) -> Response:
        """Mail a person a link to choose a password. Administrators only."""
        people.mail_reset_link(_agent(pk), actor=self.user)
        return Response(status=204)


class AgentPresence(PeopleView):
    """Whether a person can be given work. Supervisors may set it for their people."""

    @extend_schema(responses=shapes.PresenceOutput)
    def get(self, request: Request, pk: int) -> Response:
        user = _agent(pk)
        presence = getattr(user, "presence", None) or Presence(user=user)
        return Response(shapes.PresenceOutput(presence).data)

    @extend_schema(request=shapes.PresenceInput, responses=shapes.PresenceOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Choose available, away, busy or offline, for yourself or as a supervisor for your people."""
        state = self.checked(shapes.PresenceInput)["state"]
        presence = choose_presence(_agent(pk), state=state, actor=self.user)
        return Response(shapes.PresenceOutput(presence).data)


class Me(PeopleView):
    """Oneself."""

    @extend_schema(responses=shapes.ProfileOutput)
    def get(self, request: Request) -> Response:
        return Response(shapes.ProfileOutput(_agent(self.user.pk)).data)

    @extend_schema(request=shapes.ProfileChanges, responses=shapes.ProfileOutput)
    def patch(self, request: Request) -> Response:
        """Change your name, language, time zone, looks, signature or notices."""
        profile.update_profile(self.user, actor=self.user, **self.checked(shapes.ProfileChanges))
        return self.get(request)


class MyPresence(AgentPresence):
    """Whether you can be given work."""

    @extend_schema(operation_id="me_presence_retrieve", responses=shapes.PresenceOutput)
    def get(self, request: Request) -> Response:  # type: ignore[override]  # its address names nobody
        return super().get(request, self.user.pk)

    @extend_schema(
        operation_id="me_presence_update", request=shapes.PresenceInput, responses=shapes.PresenceOutput
    )
    def put(self, request: Request) -> Response:  # type: ignore[override]  # its address names nobody
        """Choose available, away, busy or offline."""
        return super().put(request, self.user.pk)


class Teams(PeopleView, ListAPIView):
    """All teams."""

    serializer_class = shapes.TeamOutput
    pagination_class = ByName
    queryset = Team.objects.prefetch_related("members")
    filterset_fields = ["is_active", "routing"]

    @extend_schema(request=shapes.TeamInput, responses={201: shapes.TeamOutput})
    def post(self, request: Request) -> Response:
        """Make a team. Administrators only."""
        team = teams.create_team(actor=self.user, **self.checked(shapes.TeamInput))
        return Response(shapes.TeamOutput(team).data, status=201)


class OneTeam(PeopleView):
    """One team."""

    @extend_schema(responses=shapes.TeamOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.TeamOutput(get_object_or_404(Team, pk=pk)).data)

    @extend_schema(request=shapes.TeamChanges, responses=shapes.TeamOutput)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a team. Administrators only."""
        changes = self.checked(shapes.TeamChanges)
        team = teams.update_team(get_object_or_404(Team, pk=pk), actor=self.user, **changes)
        return Response(shapes.TeamOutput(team).data)


class TeamMembers(PeopleView):
    """Who is in the team. Who leaves it hands their tickets back."""

    @extend_schema(request=shapes.MembersInput, responses=shapes.TeamOutput)
    def put(self, request: Request, pk: int) -> Response:
        """Say who is in the team. Administrators only."""
        team, members = get_object_or_404(Team, pk=pk), self.checked(shapes.MembersInput)["members"]
        team = teams.set_members(team, user_ids=members, actor=self.user)
        return Response(shapes.TeamOutput(team).data)


class Keys(PeopleView, ListAPIView):
    """Your keys, newest first. Administrators see everybody's."""

    serializer_class = shapes.KeyOutput
    told_once = frozenset({"key"})
    pagination_class = Pages
    queryset = ApiKey.objects.none()
    filterset_class = KeyFilter

    def get_queryset(self) -> QuerySet[ApiKey]:
        return _keys(self.user)

    @extend_schema(request=shapes.KeyInput, responses={201: shapes.NewKeyOutput})
    def post(self, request: Request) -> Response:
        """Make a key for yourself; administrators make service keys and keys for others. Not with a key."""
        data = self.checked(shapes.KeyInput)
        self.require_person()
        user = self._owner(data.pop("user", None))
        key, plain = keys.create_key(user, actor=self.user, **data)
        return Response({**shapes.KeyOutput(key).data, "key": plain}, status=201)

    def _owner(self, pk: int | None) -> User:
        return self.user if pk in (None, self.user.pk) else _agent(pk or 0)


class OneKey(PeopleView):
    """One key."""

    @extend_schema(responses=shapes.KeyOutput)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.KeyOutput(get_object_or_404(_keys(self.user), pk=pk)).data)

    @extend_schema(responses={204: GONE})
    def delete(self, request: Request, pk: int) -> Response:
        """End a key now."""
        keys.revoke_key(get_object_or_404(_keys(self.user), pk=pk), actor=self.user)
        return Response(status=204)


def _keys(user: User) -> QuerySet[ApiKey]:
    return ApiKey.objects.all() if user.is_administrator else ApiKey.objects.filter(user=user)
