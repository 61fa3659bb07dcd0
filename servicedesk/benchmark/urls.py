"""The addresses of the desk, and the floor."""

from django.urls import path

from servicedesk.urls import urlpatterns as product

from .floor import floor

urlpatterns = [path("benchmark/floor/", floor), *product]
