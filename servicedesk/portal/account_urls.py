"""Addresses of signing in and out. Django, allauth and the base templates know them by these plain names."""

from django.urls import path

from .views import account, away, second_step, security, sessions, single_sign_on

urlpatterns = [
    path("login/", account.SignInView.as_view(), name="account_login"),
    path("login/second-step/", second_step.challenge, name="mfa_authenticate"),
    path("login/passkey/", second_step.passkey, name="sign-in-by-passkey"),
    path("login/single-sign-on/", single_sign_on.begin, name="single-sign-on"),
    path("login/single-sign-on/callback/", single_sign_on.callback, name="single-sign-on-callback"),
    path("logout/", account.SignOutView.as_view(), name="logout"),
    path("profile/", account.profile, name="profile"),
    path("profile/away/", away.away, name="away"),
    path("profile/away/end/", away.back, name="away-end"),
    path("profile/confirm/", security.confirm, name="confirm"),
    path("profile/security/", security.overview, name="security"),
    path("profile/security/app/", security.app, name="security-app"),
    path("profile/security/app/remove/", security.remove_app, name="security-app-remove"),
    path("profile/security/passkey/", security.passkey, name="security-passkey"),
    path("profile/security/passkey/remove/", security.remove_passkey, name="security-passkey-remove"),
    path("profile/security/codes/", security.codes, name="security-codes"),
    path("profile/security/single-sign-on/", single_sign_on.connect, name="single-sign-on-connect"),
    path("profile/security/single-sign-on/remove/", single_sign_on.disconnect, name="single-sign-on-disconnect"),
    path("profile/sessions/", sessions.overview, name="sessions"),
    path("profile/sessions/end/", sessions.end, name="sessions-end"),
]
