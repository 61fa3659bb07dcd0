from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Ticket, queue, task, message, attachment, category, link; visibility and the decision table."""

    name = "servicedesk.tickets"
