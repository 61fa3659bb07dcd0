from django.apps import AppConfig


class AssetsConfig(AppConfig):
    """Assets: what the company owns, who has it, and what lies in stock."""

    name = "assets"

    def ready(self) -> None:
        from servicedesk.outbox import services as outbox
        from servicedesk.tickets import sweeps
        from servicedesk.tickets.actions import register_action
        from servicedesk.tickets.faces import Panel, PersonPanel, register_panel, register_person_panel
        from servicedesk.tickets.registers.register import add_register
        from servicedesk.workflow import register, subscribe

        from . import machine, naming, notices, panels, services, words

        register(machine.asset_machine())
        register(machine.stock_machine())
        add_register(words.asset_register())
        add_register(words.stock_register())
        naming.register()
        register_action(machine.link_action)
        register_action(machine.unlink_action)
        register_panel("desk", Panel("assets/_ticket_panel.html", panels.of_ticket))
        register_panel("portal", Panel("assets/_portal_panel.html", panels.of_requester))
        register_person_panel(PersonPanel("assets/_person_panel.html", panels.of_person))
        subscribe(notices.on_passage)
        outbox.register(notices.KIND, outbox.Handler(notices.send))
        sweeps.register("assets", services.sweep)
