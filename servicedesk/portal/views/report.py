"""Reporting a problem: for oneself, or as a technician for a caller."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from directory.models import Employee
from incidents.models import Incident
from incidents.services import report_incident
from kb.models import ArticleVersion
from kb.reading import published_for
from servicedesk.common.errors import Hidden, InvalidPayload, NotPermitted
from servicedesk.common.transactions import whole
from servicedesk.tickets.access import Access, can_view
from servicedesk.workflow import carry_out

from ..forms import ReportPageForm, people_like


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def report(request: HttpRequest) -> HttpResponse:
    """``/report/``: makes an incident and stores its files, both or neither."""
    about = _about(request)
    if request.method != "POST":
        initial = {"asset": request.GET.get("asset", ""), **({"category": about.category.slug} if about else {})}
        return _page(request, ReportPageForm(record=None, by=request.user, initial=initial), about)
    form = ReportPageForm(request.POST, request.FILES, record=None, by=request.user)
    if form.is_valid():
        try:
            incident = _report(
                by=request.user, details=form.details(), files=form.cleaned_data["files"], about=about,
                asset=form.cleaned_data.get("asset", ""),
            )  # fmt: skip
        except InvalidPayload as error:
            for name, sentences in error.errors.items():
                form.add_error({"file": "files"}.get(name, name if name in form.fields else None), sentences)
        else:
            return _reported(request, incident)
    return _page(request, form, about, status=422)


def _about(request: HttpRequest) -> ArticleVersion | None:
    """The article from which somebody came here, if there is one that they read."""
    number = (request.POST if request.method == "POST" else request.GET).get("article", "")
    try:
        return published_for(request.user, number)
    except Hidden:
        return None


@require_safe
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Suggestions for "for whom", as options of the list on the report page. For technicians."""
    if not Access.of(request.user).is_technician:
        raise NotPermitted(_("Only technicians report for other people, so only they look people up here."))
    text = request.GET.get("requested_for", "")
    return render(request, "portal/_people.html", {"people": people_like(text) if len(text.strip()) > 1 else []})


@whole()
def _report(
    *, by: Employee, details: dict[str, Any], files: list[UploadedFile], about: ArticleVersion | None,
    asset: str,
) -> Incident:  # fmt: skip
    incident = report_incident(by=by, **details)
    if about is not None and can_view(by, incident):
        with suppress(NotPermitted):  # somebody who only looks on reported for a caller: it is no part of theirs
            carry_out(incident, "cite_article", by=by, details={"article": about.number})
    if asset:
        carry_out(incident, "link_asset", by=by, details={"asset": asset})
    for file in files:
        try:
            carry_out(incident, "attach", by=by, files=MultiValueDict({"file": [file]}))
        except Hidden as error:
            raise InvalidPayload(
                {"files": [
                    _("You do not see tickets of %(queue)s, so you cannot add files: ask the caller to add them.")
                    % {"queue": incident.queue.name}
                ]}
            ) from error  # fmt: skip
    return incident


def _reported(request: HttpRequest, incident: Incident) -> HttpResponse:
    words = {"number": incident.number, "name": incident.requester.name, "queue": incident.queue.name}
    if incident.requester_id == request.user.pk:
        messages.success(request, _("Thank you. Your report has the number %(number)s.") % words)
        return redirect("portal:ticket", number=incident.number)
    if can_view(request.user, incident):
        messages.success(request, _("Reported for %(name)s as %(number)s.") % words)
        return redirect("portal:ticket", number=incident.number)
    messages.success(
        request, _("Reported for %(name)s as %(number)s. %(queue)s has it; you do not see its tickets.") % words
    )
    return redirect("portal:report")


def _page(
    request: HttpRequest, form: ReportPageForm, about: ArticleVersion | None, status: int = 200
) -> HttpResponse:  # fmt: skip
    return render(request, "portal/report.html", {"form": form, "about": about}, status=status)
