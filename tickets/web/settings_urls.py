"""What the desk itself can set up about its tickets."""

from django.urls import include, path

from tickets.web import custom_fields, notification_settings, tags

_settings = [
    path("fields/", custom_fields.fields, name="fields"),
    path("fields/new/", custom_fields.new_field, name="field_new"),
    path("fields/<int:pk>/", custom_fields.edit_field, name="field"),
    path("fields/<int:pk>/delete/", custom_fields.remove_field, name="field_delete"),
    path("tags/", tags.tags, name="tags"),
    path("tags/<int:pk>/", tags.tag, name="tag"),
    path("tags/<int:pk>/delete/", tags.remove_tag, name="tag_delete"),
    path("notifications/", notification_settings.notification_settings, name="notifications"),
    path("views/", tags.views, name="views"),
]

urlpatterns = [path("settings/", include((_settings, "desk")))]
