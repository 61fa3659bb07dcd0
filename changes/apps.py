from django.apps import AppConfig


class ChangesConfig(AppConfig):
    """Changes: what is planned, authorised and done to what the company runs on."""

    name = "changes"

    def ready(self) -> None:
        from servicedesk.notifications.texts import register_texts
        from servicedesk.query import Choice, Instant, Person, register_field
        from servicedesk.tickets import sweeps
        from servicedesk.tickets.faces import register_face
        from servicedesk.tickets.states import Level
        from servicedesk.tickets.timeline import register_tellings
        from servicedesk.workflow import register

        from . import words
        from .machine import change_machine
        from .models import ChangeRequest, ChangeType
        from .services import sweep

        register(change_machine())
        register_face(ChangeRequest.KIND, words.FACE)
        register_tellings(words.TELLINGS)
        register_texts(words.TEXTS)
        sweeps.register("changes", sweep)
        register_field("ticket", Choice("change_type", options=lambda: ChangeType.choices, path="change__change_type"))
        register_field("ticket", Choice("risk", options=lambda: Level.choices, path="change__risk_level"))
        register_field("ticket", Instant("planned_start", path="change__planned_start"))
        register_field("ticket", Instant("planned_end", path="change__planned_end"))
        register_field("ticket", Person("implementer", path="change__implementer"))
