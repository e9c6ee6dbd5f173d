"""The addresses of customers and companies: their own pages, and the one that shows tickets."""

from django.urls import include, path

from customers.web import companies, identities, merging, people
from tickets.web import customers

_customers = [
    path("customers/", people.customers, name="list"),
    path("customers/new/", people.new_customer, name="new"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/tickets/", customers.tickets, name="tickets"),
    path("customers/<int:pk>/timeline/", customers.timeline, name="timeline"),
    path("customers/<int:pk>/change/<slug:name>/", people.section, name="section"),
    path("customers/<int:pk>/identities/", identities.add, name="identity_add"),
    path("customers/<int:pk>/merge/", merging.choose, name="merge"),
    path("customers/<int:pk>/merge/<int:other>/", merging.confirm, name="merge_confirm"),
    path("customers/merges/<int:pk>/undo/", merging.undo, name="unmerge"),
    path("identities/<int:pk>/<slug:verb>/", identities.change, name="identity"),
    path("companies/", companies.companies, name="companies"),
    path("companies/new/", companies.new_company, name="company_new"),
    path("companies/<int:pk>/", companies.company, name="company"),
    path("companies/<int:pk>/change/", companies.edit_company, name="company_edit"),
]

urlpatterns = [path("", include((_customers, "customers")))]
