from django.contrib import admin

from crm_project.rules.models import CalendarDay


@admin.register(CalendarDay)
class CalendarDayAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["day", "kind", "name_zh", "name_en", "status"]
    list_filter = ["kind", "status"]
    date_hierarchy = "day"
