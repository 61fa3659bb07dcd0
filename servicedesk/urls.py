"""The addresses of the desk. Faces bring their own; nothing is defined here."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
