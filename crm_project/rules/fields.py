"""Column types of figures. PostgreSQL holds that none of them is NaN or infinite: `amount > 0` alone lets NaN in."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    DecimalField = models.DecimalField[Any, Any]
else:
    DecimalField = models.DecimalField


class FiniteDecimalField(DecimalField):
    """A decimal column with its own CHECK against NaN and infinity."""

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        column = connection.ops.quote_name(self.column or "")
        return f"{column} > '-Infinity'::numeric AND {column} < 'Infinity'::numeric"


class MoneyField(FiniteDecimalField):
    """CNY to the cent, numeric(18,2)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_digits": 18, "decimal_places": 2})


class RateField(FiniteDecimalField):
    """A rate or share as a fraction, numeric(9,6)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_digits": 9, "decimal_places": 6})


class VolumeField(FiniteDecimalField):
    """A unit price or volume, numeric(18,6)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_digits": 18, "decimal_places": 6})


class RatioField(FiniteDecimalField):
    """A ratio or metric value: numeric without precision, never rounded by the column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # the two arguments only satisfy DecimalField's own checks and bound form input
        super().__init__(*args, **{**kwargs, "max_digits": 40, "decimal_places": 20})

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "numeric"
