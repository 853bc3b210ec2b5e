from django.urls import path

from crm_project.ui.lists import list_urls
from monitoring.views import drawdown, facility, project

app_name = "monitoring"
urlpatterns = [
    *list_urls("drawdown", drawdown.DrawdownList, "drawdowns/"),
    path("drawdowns/<int:pk>/", drawdown.drawdown_desk, name="drawdown_desk"),
    path("drawdowns/<int:pk>/release/", drawdown.drawdown_release, name="drawdown_release"),
    path("drawdowns/<int:pk>/part/", drawdown.drawdown_part, name="drawdown_part"),
    path("drawdowns/<int:pk>/refuse/", drawdown.drawdown_refuse, name="drawdown_refuse"),
    path("drawdowns/<int:pk>/withdraw/", drawdown.drawdown_withdraw, name="drawdown_withdraw"),
    path("drawdowns/<int:pk>/pay/", drawdown.drawdown_pay, name="drawdown_pay"),
    *list_urls("facility", facility.FacilityList, "facilities/"),
    path("facilities/<int:pk>/", facility.facility_detail, name="facility_detail"),
    path("facilities/<int:pk>/drawdowns/new/", drawdown.drawdown_create, name="drawdown_create"),
    path("projects/<int:pk>/", project.project_supervision, name="project_supervision"),
    path("projects/<int:pk>/facilities/new/", facility.facility_create, name="facility_create"),
    path("projects/<int:pk>/contracts/new/", project.contract_create, name="contract_create"),
    path("projects/<int:pk>/contracts/<int:contract>/invoices/new/", project.invoice_create, name="invoice_create"),
    path("projects/<int:pk>/capital/new/", project.capital_create, name="capital_create"),
    path("projects/<int:pk>/capital/<int:payment>/confirm/", project.capital_confirm, name="capital_confirm"),
    path("projects/<int:pk>/progress/new/", project.progress_create, name="progress_create"),
]
