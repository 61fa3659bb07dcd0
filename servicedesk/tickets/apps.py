from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Ticket, queue, task, message, attachment, category, link; visibility and the decision table."""

    name = "servicedesk.tickets"

    def ready(self) -> None:
        from directory import news
        from directory.services import register_powers
        from servicedesk.workflow import subscribe

        from . import approvals, panels, sight
        from .faces import PersonPanel, register_person_panel
        from .grants import with_rights_on_a_queue

        register_powers(with_rights_on_a_queue)
        news.subscribe(approvals.on_news)
        news.subscribe(sight.on_news)
        subscribe(approvals.on_passage)
        register_person_panel(PersonPanel("tickets/_person_approvals.html", panels.waiting_approvals))
        register_person_panel(PersonPanel("tickets/_person_tasks.html", panels.open_tasks))
