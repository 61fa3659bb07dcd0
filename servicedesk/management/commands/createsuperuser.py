"""Django's ``createsuperuser``, which this desk does not have."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Says how somebody becomes an administrator instead."""

    help = "Not here: administrators are members of a group with the right tickets.configure_desk."

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(
            "There is no superuser. Bring people in with manage.py sync_directory, give their group the right "
            "tickets.configure_desk with manage.py apply_grants, and set a password with "
            "manage.py changepassword LOGIN."
        )
