from django.urls import path

from automation.api import views

urlpatterns = [
    path("tickets/next/", views.NextTicket.as_view()),
    path("routing-rules/", views.Rules.as_view()),
    path("routing-rules/order/", views.RuleOrder.as_view()),
    path("routing-rules/<id:pk>/", views.OneRule.as_view()),
]
