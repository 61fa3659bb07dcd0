"""What the keys inside the events of assets are called outside: people by login, the rest by short name or number."""

from collections.abc import Callable

from django.db import models

from directory.models import Department, Employee, Location
from servicedesk.tickets.api.events import register_naming

from .models import Asset, AssetModel, AssetType


def _column(model: type[models.Model], name: str) -> Callable[[set[int], Employee], dict[int, str]]:
    def naming(keys: set[int], _reader: Employee) -> dict[int, str]:
        return dict(model._base_manager.filter(pk__in=keys).values_list("pk", name))

    return naming


def _assets(keys: set[int], reader: Employee) -> dict[int, str]:
    """Of those that the reader may see."""
    return {asset.pk: asset.number for asset in Asset.objects.visible_to(reader).filter(pk__in=keys).only("pk")}


def register() -> None:
    """Called once, when the app is ready."""
    for field, model, column in (
        ("holder", Employee, "login"), ("reserved_for", Employee, "login"), ("location", Location, "slug"),
        ("department", Department, "slug"), ("model", AssetModel, "slug"), ("type", AssetType, "slug"),
    ):  # fmt: skip
        register_naming(field, _column(model, column))
    register_naming("asset", _assets)
    register_naming("related", _assets)
