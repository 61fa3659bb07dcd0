from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """The one door for every move."""

    name = "servicedesk.workflow"
