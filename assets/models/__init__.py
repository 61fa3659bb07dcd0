"""The models of assets, in the order of what they build on."""

from .asset import Asset
from .belonging import Relation, TicketAsset
from .catalogue import AssetModel, AssetType, Maker
from .custody import Custody
from .imports import ImportFile
from .stock import StockItem, StockMovement

__all__ = [
    "Asset",
    "AssetModel",
    "AssetType",
    "Custody",
    "ImportFile",
    "Maker",
    "Relation",
    "StockItem",
    "StockMovement",
    "TicketAsset",
]
