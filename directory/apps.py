from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """People: employees, departments, locations and their groups."""

    name = "directory"

    def ready(self) -> None:
        from allauth.account.signals import user_logged_in

        from .services import register_access_end
        from .signin import sessions

        user_logged_in.connect(sessions.began)
        register_access_end(sessions.forget_sessions)
