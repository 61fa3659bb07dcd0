from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Telling people what happened."""

    name = "servicedesk.notifications"

    def ready(self) -> None:
        from directory.signin import notices
        from servicedesk.outbox import services as outbox
        from servicedesk.workflow import subscribe

        from . import mail, services, sign_in

        subscribe(services.on_passage)
        outbox.register(services.FAN_OUT, outbox.Handler(services.fan_out))
        outbox.register(mail.KIND, outbox.Handler(mail.send))
        outbox.register(notices.KIND, outbox.Handler(sign_in.send))
        outbox.register(notices.FOR_ADMINISTRATORS, outbox.Handler(sign_in.fan_out))
