from django.urls import path

from customers.api import views

urlpatterns = [
    path("customers/", views.Customers.as_view()),
    path("customers/<id:pk>/", views.OneCustomer.as_view()),
    path("customers/<id:pk>/identities/", views.Identities.as_view()),
    path("customers/<id:pk>/merges/", views.Merges.as_view()),
    path("identities/<id:pk>/", views.OneIdentity.as_view()),
    path("identities/<id:pk>/undeliverable/", views.Undeliverable.as_view()),
    path("customer-merges/<id:pk>/", views.OneMerge.as_view()),
    path("companies/", views.Companies.as_view()),
    path("companies/<id:pk>/", views.OneCompany.as_view()),
]
