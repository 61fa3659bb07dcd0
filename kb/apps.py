from django.apps import AppConfig


class KnowledgeBaseConfig(AppConfig):
    """Articles: written by technicians, published by somebody else, read by their audience."""

    name = "kb"

    def ready(self) -> None:
        from servicedesk.notifications.subjects import register_subject
        from servicedesk.notifications.texts import register_texts
        from servicedesk.tickets import sweeps
        from servicedesk.tickets.actions import register_action
        from servicedesk.tickets.api.events import register_naming
        from servicedesk.tickets.faces import Panel, PersonPanel, register_panel, register_person_panel
        from servicedesk.tickets.registers.register import add_register
        from servicedesk.workflow import register

        from . import links, panels, words
        from .machine import article_machine
        from .models import ArticleVersion
        from .services import sweep
        from .telling import SUBJECT

        register(article_machine())
        add_register(words.REGISTER)
        register_texts(words.TEXTS)
        register_subject(ArticleVersion, SUBJECT)
        sweeps.register("articles", sweep)
        for make in links.ticket_actions():
            register_action(make)
        register_naming("article", links.numbers)
        register_panel("desk", Panel("kb/_on_desk.html", links.desk_panel))
        register_panel("portal", Panel("kb/_on_portal.html", links.portal_panel))
        register_person_panel(PersonPanel("kb/_person_panel.html", panels.of_person))
