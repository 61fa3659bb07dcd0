from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """What employees see."""

    name = "servicedesk.portal"

    def ready(self) -> None:
        from directory.signin.adapters import register_landing
        from servicedesk.ui.nav import Item, register_nav

        from .views.account import begins_at

        register_landing(begins_at)

        register_nav("portal", Item(_("Home"), "portal:home", "home", order=10, phone=True))
        register_nav(
            "portal", Item(_("My tickets"), "portal:tickets", "ticket", order=20, phone=True, short=_("Tickets"))
        )
        register_nav("portal", Item(_("Catalogue"), "portal:catalogue", "category", order=25, phone=True))
        register_nav("portal", Item(_("Approvals"), "portal:approvals", "check", order=35))
        register_nav(
            "portal", Item(_("Report a problem"), "portal:report", "plus", order=30, phone=True, short=_("Report"))
        )
        register_nav("portal", Item(_("Articles"), "portal:articles", "book", order=40))
        register_nav("portal", Item(_("My equipment"), "portal:equipment", "device-laptop", order=50))
        register_nav("areas", Item(_("Portal"), "portal:home", "home", order=10))
        register_nav("account", Item(_("Profile"), "profile", "user", order=10))
