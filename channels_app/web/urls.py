from django.urls import path

from channels_app.web import forms, webhooks

app_name = "channels"
urlpatterns = [
    path("channels/<uuid:key>/", webhooks.webhook, name="webhook"),
    path("channels/<uuid:key>/<slug:door>/", webhooks.webhook, name="webhook-door"),
    path("forms/<uuid:key>/", forms.form_page, name="form"),
    path("forms/<uuid:key>/thanks/", forms.thanks_page, name="form-thanks"),
]
