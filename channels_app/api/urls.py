from django.urls import path

from channels_app.api import views

urlpatterns = [
    path("inboxes/", views.Inboxes.as_view()),
    path("inboxes/<id:pk>/", views.OneInbox.as_view()),
    path("inboxes/<id:pk>/check/", views.InboxCheck.as_view()),
    path("channels/", views.Channels.as_view()),
    path("calls/", views.Calls.as_view()),
    path("calls/<id:pk>/", views.OneCall.as_view()),
    path("calls/<id:pk>/raw/", views.RawCall.as_view()),
    path("calls/<id:pk>/replay/", views.Replay.as_view()),
    path("deliveries/", views.Deliveries.as_view()),
]
