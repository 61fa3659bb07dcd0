"""Whom the mails about articles go to."""

from collections.abc import Iterable

from django.conf import settings

from directory.models import Employee
from servicedesk.audit.models import Event
from servicedesk.notifications.subjects import Subject

from .models import ArticleVersion, Writer
from .readers import PUBLISH


def people(version: ArticleVersion, audience: frozenset[str], _event: Event) -> Iterable[int]:
    """``writers``: who wrote in the version. ``publishers``: knowledge managers who may decide about it."""
    writers = list(Writer.objects.filter(version=version).values_list("employee", flat=True))
    found: set[int] = set()
    if "writers" in audience:
        found |= set(writers)
    if "publishers" in audience:
        app, _dot, codename = PUBLISH.partition(".")
        holders = Employee.objects.active().filter(
            groups__permissions__codename=codename, groups__permissions__content_type__app_label=app
        )
        found |= set(holders.exclude(pk__in=writers).values_list("pk", flat=True))
    return found


def can_view(employee: Employee, version: ArticleVersion) -> bool:
    return ArticleVersion.objects.visible_to(employee).filter(pk=version.pk).exists()


def address(version: ArticleVersion, _employee: Employee) -> str:
    """Its page at the desk: only those who write and publish are told."""
    return f"{settings.BASE_URL}/desk/kb/{version.number}/?n={version.ordinal}"


SUBJECT = Subject(people=people, can_view=can_view, address=address)
