"""Payload forms of the moves of changes."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicedesk.tickets.forms import AssignForm
from servicedesk.workflow.payload import PayloadForm, TextField

from .models.register import AuthorisationPath, Path, RiskQuestion

RISK = "question_"


class AssignChangeForm(AssignForm):
    def tier(self) -> int | None:
        return None

    def nobody(self) -> str:
        return _("Choose somebody active who works on %(queue)s.") % {"queue": self.record.queue.name}


class AssessForm(PayloadForm):
    """The questionnaire: ``risk_answers`` is an object of question → answer, both by their short names.

    Out of it come the answers in words, the points together, and the level of risk that follows.
    """

    personal = ("assessment",)
    nested = {"risk_answers": RISK}

    assessment = TextField(
        label=gettext_lazy("Assessment"),
        help_text=gettext_lazy("What can go wrong, whom it would hit, and why the plan is good enough."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = list(RiskQuestion.objects.filter(is_active=True).prefetch_related("choices"))
        asked: dict[str, forms.Field] = {
            f"{RISK}{question.slug}": forms.ChoiceField(
                label=question.text,
                choices=[("", _("Choose")), *((choice.slug, choice.label) for choice in question.choices.all())],
            )
            for question in self.questions
        }
        self.fields = {**asked, **self.fields}  # the questions first

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        answers: list[dict[str, Any]] = []
        for question in self.questions:
            chosen = cleaned.pop(f"{RISK}{question.slug}", "")
            answers += [
                {"question": question.text, "answer": choice.label, "points": choice.points}
                for choice in question.choices.all()
                if choice.slug == chosen
            ]
        score = sum(int(answer["points"]) for answer in answers)
        level = level_of(score)
        if not level:
            self.add_error(None, _("Nobody is named yet who authorises changes: see “Changes” in the settings."))
        return {**cleaned, "risk_answers": answers, "score": score, "level": level}

    def as_log(self) -> tuple[dict[str, Any], dict[str, str]]:
        details, text = super().as_log()
        return {**details, "risk_answers": self.cleaned_data["risk_answers"]}, text


def level_of(score: int) -> str:
    """The level of risk of so many points: the highest that begins there or below; nothing when none is set up."""
    paths = AuthorisationPath.objects.exclude(path=Path.EMERGENCY).filter(from_points__lte=score)
    found = paths.order_by("-from_points", "-pk").first()
    return found.path if found else ""


class CompleteForm(PayloadForm):
    personal = ("text",)

    result = forms.ChoiceField(
        label=gettext_lazy("How did it end?"), widget=forms.RadioSelect(),
        choices=[
            ("successful", gettext_lazy("Successful")), ("with_issues", gettext_lazy("Done, with issues")),
            ("rolled_back", gettext_lazy("Rolled back")),
        ],
    )  # fmt: skip
    text = TextField(label=gettext_lazy("What was done"))


class ReviewForm(PayloadForm):
    personal = ("text",)

    text = TextField(
        label=gettext_lazy("Review"), help_text=gettext_lazy("What went well, what did not, what to do about it.")
    )


class WaiveForm(PayloadForm):
    personal = ("reason",)

    reason = TextField(label=gettext_lazy("Why both can be done at the same time"))
