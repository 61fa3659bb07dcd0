from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """People: employees, departments, locations and their groups."""

    name = "directory"
