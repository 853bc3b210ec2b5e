from rest_framework.routers import SimpleRouter

from financing.api.decisions import CreditLineViewSet, DecisionViewSet
from financing.api.views import BudgetLineViewSet, CaseViewSet, CollateralViewSet, GuaranteeViewSet, PlanViewSet

app_name = "financing-api"
router = SimpleRouter()
router.register("budget-lines", BudgetLineViewSet, basename="budget-line")
router.register("cash-flow-cases", CaseViewSet, basename="case")
router.register("collateral", CollateralViewSet, basename="collateral")
router.register("guarantees", GuaranteeViewSet, basename="guarantee")
router.register("plans", PlanViewSet, basename="plan")
router.register("decisions", DecisionViewSet, basename="decision")
router.register("credit-lines", CreditLineViewSet, basename="credit-line")
urlpatterns = router.urls
