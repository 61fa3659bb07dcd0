from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents: something is broken for someone."""

    name = "incidents"

    def ready(self) -> None:
        from servicedesk.notifications.texts import register_texts
        from servicedesk.tickets import sweeps
        from servicedesk.tickets.faces import register_face
        from servicedesk.tickets.timeline import register_tellings
        from servicedesk.workflow import register

        from . import words
        from .machine import incident_machine
        from .models import Incident
        from .services import sweep

        register(incident_machine())
        register_face(Incident.KIND, words.FACE)
        register_tellings(words.TELLINGS)
        register_texts(words.TEXTS)
        sweeps.register("incidents", sweep)
