from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people what happened."""

    name = "servicedesk.notifications"

    def ready(self) -> None:
        from servicedesk.outbox import services as outbox
        from servicedesk.workflow import subscribe

        from . import mail, services

        subscribe(services.on_passage)
        outbox.register(services.FAN_OUT, outbox.Handler(services.fan_out))
        outbox.register(mail.KIND, outbox.Handler(mail.send))
