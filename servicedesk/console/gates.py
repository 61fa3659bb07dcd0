"""Who may open the technicians' side at all. What they see there is decided ticket by ticket."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from directory.models import Employee
from kb.readers import Reader
from servicedesk.common.errors import NotPermitted
from servicedesk.tickets.access import Access

View = Callable[..., HttpResponse]
CONFIGURE = "tickets.configure_desk"


def has_desk(employee: Employee) -> bool:
    """Sees at least one queue."""
    return Access.of(employee).has_desk


def is_technician(employee: Employee) -> bool:
    return Access.of(employee).is_technician


def configures_desk(employee: Employee) -> bool:
    return CONFIGURE in Access.of(employee).register


def desk_page(view: View) -> View:
    """Only for people who see a queue; others are told where their own tickets are."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not has_desk(request.user):
            raise NotPermitted(
                _("This page is for people who work at a desk. Your own tickets are under “My tickets”.")
            )
        return view(request, *args, **kwargs)

    return guarded


def keeps_articles(employee: Employee) -> bool:
    """Works at a desk, or publishes articles."""
    reader = Reader.of(employee)
    return reader.has_desk or reader.is_publisher


def keeps_articles_only(employee: Employee) -> bool:
    """Publishes articles, and has no desk to go to."""
    return keeps_articles(employee) and not has_desk(employee)


def articles_page(view: View) -> View:
    """Only for people who see a queue, and for knowledge managers; others read under ``/kb/``."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not keeps_articles(request.user):
            raise NotPermitted(_("This page is for people who keep the articles. Read them under “Articles”."))
        return view(request, *args, **kwargs)

    return guarded


def settings_page(view: View) -> View:
    """Only for administrators."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not configures_desk(request.user):
            raise NotPermitted(_("The settings are for administrators. Ask one of them to change something."))
        return view(request, *args, **kwargs)

    return guarded
