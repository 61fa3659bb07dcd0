from django.apps import AppConfig
from django.db.backends.signals import connection_created

from .folding import teach_sqlite


class QueryConfig(AppConfig):
    """One query language: parser, compiler, evaluator."""

    name = "servicedesk.query"

    def ready(self) -> None:
        connection_created.connect(teach_sqlite, dispatch_uid="servicedesk.query.folding")
