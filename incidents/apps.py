from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents: something is broken for someone."""

    name = "incidents"

    def ready(self) -> None:
        from servicedesk.tickets import sweeps
        from servicedesk.workflow import register

        from .machine import incident_machine
        from .services import sweep

        register(incident_machine())
        sweeps.register("incidents", sweep)
