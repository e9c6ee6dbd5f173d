"""The doors of the house."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("accounts.web.urls")),
    path("", include("tickets.web.urls")),
    path("", include("tickets.web.customer_urls")),
    path("", include("channels_app.web.urls")),
]
