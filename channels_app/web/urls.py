from django.urls import path

from channels_app.web import deliveries, forms, inboxes, ledger, webhooks

app_name = "channels"
urlpatterns = [
    path("channels/<uuid:key>/", webhooks.webhook, name="webhook"),
    path("channels/<uuid:key>/<slug:door>/", webhooks.webhook, name="webhook-door"),
    path("forms/<uuid:key>/", forms.form_page, name="form"),
    path("forms/<uuid:key>/thanks/", forms.thanks_page, name="form-thanks"),
    path("settings/channels/", inboxes.inboxes, name="list"),
    path("settings/channels/new/<slug:channel>/", inboxes.new_inbox, name="new"),
    path("settings/channels/<int:pk>/", inboxes.inbox, name="inbox"),
    path("settings/channels/<int:pk>/check/", inboxes.check, name="check"),
    path("settings/channels/<int:pk>/active/", inboxes.activity, name="active"),
    path("settings/channels/<int:pk>/remove/", inboxes.remove, name="remove"),
    path("settings/ledger/", ledger.ledger, name="ledger"),
    path("settings/ledger/<int:pk>/", ledger.call, name="call"),
    path("settings/ledger/<int:pk>/raw/", ledger.raw, name="raw"),
    path("settings/ledger/<int:pk>/replay/", ledger.replaying, name="replay"),
    path("settings/deliveries/", deliveries.deliveries, name="deliveries"),
    path("settings/deliveries/<int:pk>/retry/", deliveries.again, name="delivery_again"),
]
