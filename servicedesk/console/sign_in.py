"""``/settings/sign-in/``: who needs a second step, whose guesses are paused, help for who lost everything."""

from django import forms
from django.contrib import messages as notices
from django.contrib.auth.models import Group
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from directory.models import Employee, GuessCount
from directory.signin import lockout, second_step
from servicedesk.common.errors import DomainError
from servicedesk.tickets import sign_in
from servicedesk.tickets.fields import EmployeeField

from .gates import settings_page

LONGEST_LIST = 100


class SecondStepForm(forms.Form):
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Members of these groups need a second step"),
        help_text=gettext_lazy("Whoever has none yet is led to set one up after signing in, before anything else."),
    )  # fmt: skip


class ResetForm(forms.Form):
    person = EmployeeField(
        label=gettext_lazy("Login"),
        help_text=gettext_lazy("Be sure who asks: call back, or look at a badge. Their sessions end too."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@settings_page
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """The page; a POST saves which groups need a second step."""
    form = SecondStepForm(
        request.POST if request.method == "POST" else None, initial={"groups": list(second_step.required_groups())}
    )
    if request.method == "POST" and form.is_valid():
        sign_in.require_second_step(form.cleaned_data["groups"], by=request.user)
        notices.success(request, _("Saved."))
        return redirect("console:settings-sign-in")
    return _page(request, form=form)


@settings_page
@require_POST
def lift(request: HttpRequest) -> HttpResponse:
    """Let the guesses that ``count`` names begin anew."""
    key = request.POST.get("count", "")
    found = GuessCount.objects.filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
    try:
        if found is not None:
            sign_in.lift_lock(found, by=request.user)
            notices.success(request, _("The lock is lifted."))
    except DomainError as error:
        notices.info(request, error.sentence)
    return redirect("console:settings-sign-in")


@settings_page
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    """Take the second steps of one person away."""
    form = ResetForm(request.POST)
    if form.is_valid():
        person = form.cleaned_data["person"]
        try:
            sign_in.reset_second_step(person, by=request.user)
        except DomainError as error:
            form.add_error("person", error.sentence)
        else:
            notices.success(request, _("%(name)s has no second step any more.") % {"name": person.name})
            return redirect("console:settings-sign-in")
    return _page(request, reset_form=form)


def _page(
    request: HttpRequest, *, form: SecondStepForm | None = None, reset_form: ResetForm | None = None
) -> HttpResponse:
    owing = second_step.people_who_owe()
    context = {
        "form": form or SecondStepForm(initial={"groups": list(second_step.required_groups())}),
        "reset_form": reset_form or ResetForm(), "locks": _locks(), "owing": owing.count(),
        "groups": Group.objects.exists(),
    }  # fmt: skip
    failed = any(given is not None and given.errors for given in (form, reset_form))
    return render(request, "console/settings/sign_in.html", context, status=422 if failed else 200)


def _locks() -> list[dict[str, object]]:
    """What is paused, in words. A login that nobody has is not shown: it may be a password in the wrong field."""
    found = lockout.locked()[:LONGEST_LIST]
    logins = {count.key for count in found if count.kind == GuessCount.Kind.LOGIN}
    keys = {int(count.key) for count in found if count.kind == GuessCount.Kind.SECOND_STEP}
    people = Employee.objects.filter(Q(pk__in=keys) | _any_case(logins))
    names = {person.login.casefold(): person for person in people} | {str(person.pk): person for person in people}
    return [
        {
            "count": count, "person": names.get(count.key) if count.kind != GuessCount.Kind.ADDRESS else None,
            "address": count.key if count.kind == GuessCount.Kind.ADDRESS else "",
        }
        for count in found
    ]  # fmt: skip


def _any_case(logins: set[str]) -> Q:
    wanted = Q(pk__in=[])
    for login in logins:
        wanted |= Q(login__iexact=login)
    return wanted
