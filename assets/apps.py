from django.apps import AppConfig


class AssetsConfig(AppConfig):
    """Assets: what the company owns, who has it, and what lies in stock."""

    name = "assets"

    def ready(self) -> None:
        from servicedesk.tickets.actions import register_action
        from servicedesk.tickets.registers.register import add_register
        from servicedesk.workflow import register

        from . import machine, words

        register(machine.asset_machine())
        register(machine.stock_machine())
        add_register(words.asset_register())
        add_register(words.stock_register())
        register_action(machine.link_action)
        register_action(machine.unlink_action)
