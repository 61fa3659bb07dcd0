"""Incidents, service requests and the catalogue they are asked for from."""

from .catalogue import CatalogueItem, CatalogueTask
from .incident import CANCELLED, OPEN, ImportedTicket, Incident
from .problem import Problem
from .request import ServiceRequest

__all__ = [
    "CANCELLED",
    "OPEN",
    "CatalogueItem",
    "CatalogueTask",
    "ImportedTicket",
    "Incident",
    "Problem",
    "ServiceRequest",
]
