from django.apps import AppConfig


class PortalConfig(AppConfig):
    """What employees see."""

    name = "servicedesk.portal"
