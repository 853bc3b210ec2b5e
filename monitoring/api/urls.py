from rest_framework.routers import SimpleRouter

from monitoring.api.views import DrawdownViewSet, FacilityViewSet, LoanNoteViewSet

app_name = "monitoring-api"
router = SimpleRouter()
router.register("facilities", FacilityViewSet, basename="facility")
router.register("loan-notes", LoanNoteViewSet, basename="loan-note")
router.register("drawdowns", DrawdownViewSet, basename="drawdown")
urlpatterns = router.urls
