from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """Onboarding cases: somebody joins, moves or leaves."""

    name = "onboarding"

    def ready(self) -> None:
        from directory.news import subscribe
        from servicedesk.notifications.texts import register_texts
        from servicedesk.query import Choice, Date, Person, register_field
        from servicedesk.tickets import sweeps
        from servicedesk.tickets.faces import register_face
        from servicedesk.tickets.timeline import register_tellings
        from servicedesk.workflow import register

        from . import words
        from .machine import case_machine
        from .models import OnboardingCase
        from .opening import on_news
        from .services import sweep
        from .types import CaseType

        register(case_machine())
        register_face(OnboardingCase.KIND, words.FACE)
        register_tellings(words.TELLINGS)
        register_texts(words.TEXTS)
        sweeps.register("cases", sweep)
        subscribe(on_news)
        register_field("ticket", Choice("case_type", options=lambda: CaseType.choices, path="case__case_type"))
        register_field("ticket", Person("subject", path="case__subject"))
        register_field("ticket", Date("day", path="case__on"))
