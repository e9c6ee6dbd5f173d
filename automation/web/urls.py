from django.urls import path

from automation.web import rules

app_name = "automation"
urlpatterns = [
    path("settings/routing/", rules.rules, name="rules"),
    path("settings/routing/new/", rules.new_rule, name="rule_new"),
    path("settings/routing/<int:pk>/", rules.rule, name="rule"),
    path("settings/routing/<int:pk>/active/", rules.activity, name="rule_active"),
    path("settings/routing/<int:pk>/move/", rules.move, name="rule_move"),
    path("settings/routing/<int:pk>/delete/", rules.remove, name="rule_delete"),
]
