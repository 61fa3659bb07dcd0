from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Incidents: something is broken for someone."""

    name = "incidents"

    def ready(self) -> None:
        from servicedesk.notifications.texts import register_texts
        from servicedesk.query import Reference, register_field
        from servicedesk.tickets import sweeps
        from servicedesk.tickets.faces import register_face
        from servicedesk.tickets.timeline import register_tellings
        from servicedesk.workflow import register

        from . import words
        from .machine import incident_machine
        from .models import Incident, Problem, ServiceRequest
        from .problems import words as problem_words
        from .problems.machine import problem_machine
        from .requests import words as request_words
        from .requests.machine import request_machine
        from .requests.services import sweep as sweep_requests
        from .services import sweep

        register(incident_machine())
        register_face(Incident.KIND, words.FACE)
        register_tellings(words.TELLINGS)
        register_texts(words.TEXTS)
        sweeps.register("incidents", sweep)
        register(request_machine())
        register_face(ServiceRequest.KIND, request_words.FACE)
        register_tellings(request_words.TELLINGS)
        register_texts(request_words.TEXTS)
        sweeps.register("requests", sweep_requests)
        register_field(
            "ticket", Reference("catalogue_item", path="request__catalogue_item", collection="catalogue-items")
        )
        register(problem_machine())
        register_face(Problem.KIND, problem_words.FACE)
        register_tellings(problem_words.TELLINGS)
        register_texts(problem_words.TEXTS)
