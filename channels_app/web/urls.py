from django.urls import path

from channels_app.web import webhooks

app_name = "channels"
urlpatterns = [path("channels/<uuid:key>/", webhooks.webhook, name="webhook")]
