"""Importing a list: first what would happen, then the doing of it. The file waits between the two."""

import gzip
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from assets.imports.services import Report, import_assets, refuse_large
from assets.models import ImportFile
from servicedesk.common.errors import Busy, InvalidPayload
from servicedesk.common.text import without_controls

from .gates import keeper_page

MOST_BYTES = 10 * 1024 * 1024
SHOWN = 100


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("List"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=gettext_lazy("CSV in UTF-8 with the columns of Snipe-IT, at most 10 MB."),
    )  # fmt: skip


@keeper_page
def upload(request: HttpRequest) -> HttpResponse:
    """``/desk/assets/import/``: a file is kept for its owner, and what it would do is shown."""
    if request.method != "POST":
        return render(request, "console/assets/import.html", {"form": UploadForm()})
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            refuse_large(file.size, MOST_BYTES)
            content = file.read()
            import_assets(BytesIO(content), by=request.user, dry_run=True)
        except InvalidPayload as error:
            form.add_error("file", error.sentence)
        else:
            kept = ImportFile.objects.create(
                owner=request.user, name=without_controls(file.name)[:200] or "list.csv", packed=gzip.compress(content)
            )
            return redirect("console:assets-import-look", uuid=kept.uuid)
    return render(request, "console/assets/import.html", {"form": form}, status=422)


@keeper_page
def look(request: HttpRequest, uuid: Any) -> HttpResponse:
    """``/desk/assets/import/<uuid>/``: what the file would do now. Nothing is written."""
    kept = get_object_or_404(ImportFile, uuid=uuid, owner=request.user)
    try:
        report = import_assets(_content(kept), by=request.user, dry_run=True)
    except InvalidPayload as error:
        notices.error(request, error.sentence)
        return redirect("console:assets-import")
    return _page(request, report, kept=kept)


@keeper_page
@require_POST
def run(request: HttpRequest, uuid: Any) -> HttpResponse:
    """``/desk/assets/import/<uuid>/run/``: do it, and forget the file."""
    kept = get_object_or_404(ImportFile, uuid=uuid, owner=request.user)
    try:
        report = import_assets(_content(kept), by=request.user, dry_run=False)
    except (InvalidPayload, Busy) as error:
        notices.error(request, error.sentence)
        return redirect("console:assets-import-look", uuid=uuid)
    kept.delete()
    return _page(request, report, kept=None)


def _content(kept: ImportFile) -> BytesIO:
    return BytesIO(gzip.decompress(bytes(kept.packed)))


def _page(request: HttpRequest, report: Report, *, kept: ImportFile | None) -> HttpResponse:
    words = {"type": _("types"), "maker": _("makers"), "model": _("models")}
    context = {
        "report": report, "kept": kept, "faults": report.rejected[:SHOWN],
        "more_faults": max(report.rejected_count - SHOWN, 0), "warnings": sorted(report.warnings.items()),
        "added": [(words[sort], number) for sort, number in report.added.items() if number],
    }  # fmt: skip
    return render(request, "console/assets/import_report.html", context)
