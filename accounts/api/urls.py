from django.urls import path

from accounts.api import views

urlpatterns = [
    path("me/", views.Me.as_view()),
    path("me/presence/", views.MyPresence.as_view()),
    path("agents/", views.Agents.as_view()),
    path("agents/<id:pk>/", views.OneAgent.as_view()),
    path("agents/<id:pk>/presence/", views.AgentPresence.as_view()),
    path("agents/<id:pk>/reset-link/", views.ResetLink.as_view()),
    path("teams/", views.Teams.as_view()),
    path("teams/<id:pk>/", views.OneTeam.as_view()),
    path("teams/<id:pk>/members/", views.TeamMembers.as_view()),
    path("keys/", views.Keys.as_view()),
    path("keys/<id:pk>/", views.OneKey.as_view()),
]
