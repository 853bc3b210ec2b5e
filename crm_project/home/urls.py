from django.urls import path

from crm_project.home import my_day, preferences, rules, search, sign_in, views
from crm_project.ui.lists import list_urls

app_name = "home"
urlpatterns = [
    path("", views.index, name="index"),
    path("sign-in/", sign_in.SignInView.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOutView.as_view(), name="sign_out"),
    path("my-day/", my_day.my_day, name="my_day"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.search_suggest, name="search_suggest"),
    *list_urls("rule", rules.RuleList, "rules/"),
    path("rules/report/", rules.rule_report, name="rule_report"),
    path("rules/of-subject/<int:pk>/", rules.rule_of_subject, name="rule_of_subject"),
    path("rules/<slug:kind>/<slug:scope>/", rules.rule_detail, name="rule_detail"),
    path("calendar/", rules.calendar, name="calendar"),
    path("preferences/", preferences.save_preferences, name="preferences"),
]
