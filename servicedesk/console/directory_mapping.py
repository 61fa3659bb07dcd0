"""``/settings/directory/mapping/``: the mapping file as it is read, and what another text would make of one person."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from directory.ldap.entries import Unreadable
from directory.ldap.mapping_file import FIRST, InvalidMapping, MappingFile, parse_mapping
from directory.ldap.preview import preview
from directory.ldap.sources import Configured
from directory.models import SyncChange

from .directory import FIELDS, differences, read_sources
from .gates import settings_page

LONGEST_TEXT = 100_000


class PreviewForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("A copy of the mapping"), required=False, strip=False, max_length=LONGEST_TEXT,
        help_text=gettext_lazy("Try things out here: nothing of it is written back, nor used by a run."),
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "mono", "autocomplete": "off"}),
    )  # fmt: skip
    source = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    who = forms.CharField(
        label=gettext_lazy("Login or DN of a person"), required=False, max_length=1000,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, sources: list[Configured], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = {source.name: source for source in sources}
        self.fields["source"].choices = [(name, name) for name in self.sources]
        if len(sources) < 2:
            self.fields["source"].widget = forms.HiddenInput()

    @property
    def chosen(self) -> Configured | None:
        first = next(iter(self.sources.values()), None)
        return self.sources.get(self.cleaned_data["source"], first)


@settings_page
@require_http_methods(["GET", "POST"])
def mapping(request: HttpRequest) -> HttpResponse:
    """The file and its faults; a POST writes nothing, it only looks at the text that came with it."""
    sources, faults = read_sources()
    path = settings.DIRECTORY.mapping
    text = _file_text(path)
    asked = request.method == "POST"
    form = PreviewForm(request.POST if asked else None, sources=sources, initial={"text": text})
    context = {
        "form": form, "sources": sources, "faults": faults, "path": path, "text": text, "tab": "mapping",
        **(_answer(form) if asked and form.is_valid() else {}),
    }  # fmt: skip
    page = "_directory_preview" if request.htmx and asked else "directory_mapping"
    status = 422 if form.errors or context.get("text_faults") or context.get("problem") else 200
    return render(request, f"console/settings/{page}.html", context, status=status)


def _file_text(path: str) -> str:
    """What the file says, for a look; the reader of the mapping says why it cannot be read."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(LONGEST_TEXT)
    except (OSError, UnicodeDecodeError):
        return ""


def _answer(form: PreviewForm) -> dict[str, Any]:
    try:
        file = parse_mapping(form.cleaned_data["text"].replace("\x00", ""), file=_("the copy"))
    except InvalidMapping as error:
        return {"text_faults": error.faults}
    source, who = form.chosen, form.cleaned_data["who"].strip()
    if source is None or not who:
        return {"text_is_fine": True}
    # The copy may name other sources, and is not believed: what is configured is read.
    further = next((one for one in file.sources if one.name == source.name), None)
    chosen = file.mapping_of(further)
    try:
        found = preview(source, chosen, who, at=timezone.now())
    except Unreadable as error:
        return {"problem": str(error)}
    if found is None:
        return {"problem": _("%(source)s has no person with the login or DN “%(who)s”.")
                % {"source": source.name, "who": who}}  # fmt: skip
    rows = [
        {"label": FIELDS.get(fact.name, fact.name), "fact": fact, "owner": _owner(file, fact.name, source)}
        for fact in found.facts
    ]
    return {"found": found, "rows": rows, "diff": differences(found.diff), "source_name": source.name,
            "kind": dict(SyncChange.Kind.choices).get(found.kind, "")}  # fmt: skip


def _owner(file: MappingFile, fact: str, source: Configured) -> str:
    """Who decides the fact instead of this source; "" when this one does."""
    owner = file.authority.get(fact, FIRST if source.supplements else source.name)
    if owner == source.name:
        return ""
    return _("people here") if owner == "local" else owner
