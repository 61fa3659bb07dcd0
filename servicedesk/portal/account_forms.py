"""Forms of signing in: login and password, codes, passkeys, and showing once more who one is."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.backends import DirectoryIsSilent
from directory.models import Employee
from directory.signin import lockout, passwords, second_step
from servicedesk.common.text import without_controls
from servicedesk.workflow.payload import LineField

DO_NOT_MATCH = gettext_lazy(
    "Login and password do not match. Check both, then try again. After many wrong tries, signing in pauses for a "
    "quarter of an hour."
)


class SignInForm(AuthenticationForm):
    """Login and password. One sentence for every failure, so nobody learns which logins exist or are locked."""

    error_messages = {"invalid_login": DO_NOT_MATCH, "inactive": DO_NOT_MATCH}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Login")
        self.fields["username"].error_messages["required"] = _("Enter your login.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")

    def clean_username(self) -> str:
        return without_controls(self.cleaned_data["username"])

    def clean(self) -> dict[str, Any]:
        login, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if login and password:
            try:
                self.user_cache = passwords.check(self.request, login, password)
            except DirectoryIsSilent as error:
                raise ValidationError(error.sentence) from error
            if self.user_cache is None:
                raise self.get_invalid_login_error()
        return self.cleaned_data


class ConfirmForm(forms.Form):
    """One's own password once more, before something that would lock somebody out."""

    password = forms.CharField(
        label=gettext_lazy("Password"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter your password.")},
    )  # fmt: skip

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        person = self.request.user
        try:
            found = passwords.check(self.request, person.login, password)
        except DirectoryIsSilent as error:
            raise ValidationError(error.sentence) from error
        if found is None or found.pk != person.pk:
            raise ValidationError(_("This is not your password. Try again."))
        return password


class CodeField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attributes), **kwargs)


class ChallengeForm(forms.Form):
    """The second step by a code: of the app, or one for recovery. Wrong ones are counted before they are checked."""

    code = CodeField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("From your authenticator app, or one of your recovery codes."),
        error_messages={"required": gettext_lazy("Enter the code.")},
    )  # fmt: skip

    def __init__(self, *args: Any, person: Employee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_code(self) -> Authenticator:
        allowed = lockout.reserve_second_step(self.person.pk)
        found = second_step.use_code(self.person, self.cleaned_data["code"]) if allowed else None
        if found is None:
            raise ValidationError(
                _("This code is not right. Wait for the next one and try again. After many wrong tries, this pauses "
                  "for a quarter of an hour.")
            )  # fmt: skip
        lockout.forgive_second_step(self.person.pk)
        return found


class AppForm(forms.Form):
    """The first code of a new app shows that it holds the secret."""

    code = CodeField(
        label=gettext_lazy("Code that the app shows"), error_messages={"required": gettext_lazy("Enter the code.")}
    )

    def __init__(self, *args: Any, secret: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = secret

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        if not validate_totp_code(self.secret, code):
            raise ValidationError(_("This is not the code of the app you just set up. Wait for the next one."))
        return code


@contextmanager
def nonsense_refused() -> Iterator[None]:
    """Anybody may send anything for a passkey: JSON without end, and bytes that the libraries stumble over."""
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, struct.error) as error:
        raise ValidationError(NOTHING_CAME) from error


class CredentialField(forms.JSONField):
    """What the browser says of a passkey; a script of the page writes it into the form."""

    def __init__(self) -> None:
        super().__init__(
            widget=forms.HiddenInput, error_messages={"required": NOTHING_CAME, "invalid": NOTHING_CAME}
        )  # fmt: skip

    def to_python(self, value: Any) -> Any:
        with nonsense_refused():
            return super().to_python(value)


NOTHING_CAME = gettext_lazy("Your browser gave no passkey. Try again, or choose another way.")


class NewPasskeyForm(forms.Form):
    """A new passkey: the browser's answer is verified against what this session asked for."""

    name = LineField(
        label=gettext_lazy("Name"), max_length=60, help_text=gettext_lazy("Such as “Work laptop”, to tell keys apart.")
    )
    credential = CredentialField()

    def clean_credential(self) -> dict[str, Any]:
        credential = self.cleaned_data["credential"]
        with nonsense_refused():
            webauthn.parse_registration_response(_mapping(credential))
            webauthn.complete_registration(credential)
        return credential  # type: ignore[no-any-return]


class PasskeyForm(forms.Form):
    """A passkey as the second step of ``person``, or as the only one (None): then it names its owner itself."""

    credential = CredentialField()

    def __init__(self, *args: Any, person: Employee | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_credential(self) -> Authenticator:
        with nonsense_refused():
            credential = _mapping(self.cleaned_data["credential"])
            webauthn.parse_authentication_response(credential)
            person = self.person or webauthn.extract_user_from_response(credential)
            return webauthn.complete_authentication(person, credential)  # type: ignore[arg-type]


def _mapping(credential: Any) -> dict[str, Any]:
    if not isinstance(credential, dict) or not isinstance(credential.get("response"), dict):
        raise ValidationError(NOTHING_CAME)
    return credential
