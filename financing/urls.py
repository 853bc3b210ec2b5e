from django.urls import path

from crm_project.ui.lists import list_urls
from financing.views import budget, case, decision, line, plan, security, workbench

app_name = "financing"
urlpatterns = [
    path("projects/<int:pk>/budget/", budget.project_budget, name="project_budget"),
    path("projects/<int:pk>/budget/edit/", budget.budget_edit, name="budget_edit"),
    path("projects/<int:pk>/cases/", case.project_cases, name="project_cases"),
    path("projects/<int:pk>/cases/new/", case.case_create, name="case_create"),
    path("projects/<int:pk>/cases/<int:case>/", case.case_edit, name="case_edit"),
    path("projects/<int:pk>/security/", security.project_security, name="project_security"),
    path("projects/<int:pk>/collateral/new/", security.collateral_create, name="collateral_create"),
    path("projects/<int:pk>/collateral/<int:collateral>/", security.collateral_edit, name="collateral_edit"),
    path("projects/<int:pk>/guarantees/new/", security.guarantee_create, name="guarantee_create"),
    path("projects/<int:pk>/guarantees/<int:guarantee>/", security.guarantee_edit, name="guarantee_edit"),
    path("projects/<int:pk>/plans/", plan.project_plans, name="project_plans"),
    path("projects/<int:pk>/plans/new/", plan.plan_create, name="plan_create"),
    *list_urls("plan", plan.PlanList, "plans/"),
    path("plans/<int:pk>/", workbench.plan_workbench, name="plan_workbench"),
    path("plans/<int:pk>/<int:no>/recompute/", workbench.plan_recompute, name="plan_recompute"),
    path("plans/<int:pk>/<int:no>/loans/", workbench.tranche_add, name="tranche_add"),
    path("plans/<int:pk>/<int:no>/loans/remove/", workbench.tranche_remove, name="tranche_remove"),
    path("plans/<int:pk>/versions/", workbench.plan_version_create, name="plan_version_create"),
    path("plans/<int:pk>/<int:no>/submit/", decision.plan_submit, name="plan_submit"),
    path("plans/<int:pk>/compare/", plan.plan_compare, name="plan_compare"),
    path("plans/<int:pk>/schedule/", plan.plan_schedule, name="plan_schedule"),
    path("plans/<int:pk>/history/", plan.plan_history, name="plan_history"),
    path("plans/<int:pk>/workbook/", plan.plan_workbook, name="plan_workbook"),
    *list_urls("decision", decision.DecisionList, "decisions/"),
    path("decisions/<int:pk>/", decision.decision_detail, name="decision_detail"),
    path("decisions/<int:pk>/opinion/", decision.decision_opinion, name="decision_opinion"),
    path("decisions/<int:pk>/decide/", decision.decision_decide, name="decision_decide"),
    path("decisions/<int:pk>/committee/", decision.decision_committee, name="decision_committee"),
    path("decisions/<int:pk>/withdraw/", decision.decision_withdraw, name="decision_withdraw"),
    path("decisions/<int:pk>/conditions/<int:condition>/", decision.condition_report, name="condition_report"),
    path(
        "decisions/<int:pk>/conditions/<int:condition>/confirm/", decision.condition_confirm, name="condition_confirm"
    ),
    path("clients/<int:pk>/limits/", line.line_list, name="line_list"),
]
