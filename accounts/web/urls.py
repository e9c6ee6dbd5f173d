"""The settings of people: one's own, and those of everybody."""

from django.urls import include, path

from accounts.web import keys, people, profile, teams

_settings = [
    path("profile/", profile.profile, name="profile"),
    path("keys/", keys.keys, name="keys"),
    path("keys/new/", keys.new_key, name="key_new"),
    path("keys/<int:pk>/revoke/", keys.revoke, name="key_revoke"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/active/", people.activity, name="person_active"),
    path("people/<int:pk>/password-link/", people.password_link, name="person_link"),
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.new_team, name="team_new"),
    path("teams/<int:pk>/", teams.team, name="team"),
]

urlpatterns = [
    path("settings/", profile.index, name="settings"),
    path("settings/", include((_settings, "accounts"))),
]
