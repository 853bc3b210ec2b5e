from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Keyset pages: as quick at the end of a long list as at its start, and without a count of the whole."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = "pk"
