from rest_framework.routers import SimpleRouter

from clients.api.project import PermitViewSet, ProjectViewSet
from clients.api.rating import RatingViewSet, TierViewSet
from clients.api.relation import RelationViewSet
from clients.api.statement import StatementUploadViewSet, StatementViewSet
from clients.api.views import ClientViewSet

app_name = "clients-api"
router = SimpleRouter()
router.register("clients", ClientViewSet, basename="client")
router.register("projects", ProjectViewSet, basename="project")
router.register("permits", PermitViewSet, basename="permit")
router.register("relations", RelationViewSet, basename="relation")
router.register("statements", StatementViewSet, basename="statement")
router.register("statement-uploads", StatementUploadViewSet, basename="statement-upload")
router.register("ratings", RatingViewSet, basename="rating")
router.register("tiers", TierViewSet, basename="tier")
urlpatterns = router.urls
