"""Addresses of signing in and out. Django and the base templates know them by these plain names."""

from django.urls import path

from .views import account

urlpatterns = [
    path("login/", account.SignInView.as_view(), name="login"),
    path("logout/", account.SignOutView.as_view(), name="logout"),
    path("profile/", account.profile, name="profile"),
]
