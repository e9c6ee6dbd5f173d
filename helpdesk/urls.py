"""The doors of the house."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from accounts.api.base import Nothing
from accounts.web.guards import closed
from helpdesk.reference import reference

API = [
    path("", include("automation.api.urls")),
    path("", include("accounts.api.urls")),
    path("", include("customers.api.urls")),
    path("", include("tickets.api.urls")),
    path("", include("channels_app.api.urls")),
]

handler500 = "helpdesk.errors.server_error"
urlpatterns = [
    path("api/v1/", include(API)),
    path("api/schema/", SpectacularAPIView.as_view()),
    path("api/docs/", reference, name="api_reference"),
    re_path("^api/", Nothing.as_view()),
    re_path("^account/(email|confirm-email)/", closed),  # addresses are the administrators' to change
    path("account/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("accounts.web.urls")),
    path("", include("tickets.web.urls")),
    path("", include("tickets.web.customer_urls")),
    path("", include("tickets.web.settings_urls")),
    path("", include("automation.web.urls")),
    path("", include("channels_app.web.urls")),
]
