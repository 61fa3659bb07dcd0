from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    """What technicians see."""

    name = "servicedesk.console"

    def ready(self) -> None:
        from assets.access import reads_register
        from assets.register import configures_register
        from changes.register import configures_changes
        from onboarding.register import configures_cases
        from servicedesk.ui.nav import Item, register_nav

        from .assets.gates import reads_register_only
        from .gates import configures_desk, has_desk, is_technician, keeps_articles, keeps_articles_only

        register_nav("desk", Item(_("Queue"), "console:queue", "inbox", visible=has_desk, order=10, phone=True))
        register_nav(
            "desk", Item(_("My work"), "console:work", "user-check", visible=is_technician, order=20, phone=True)
        )
        register_nav("desk", Item(_("Problems"), "console:problems", "alert-triangle", visible=has_desk, order=25))
        register_nav("desk", Item(_("Changes"), "console:changes", "calendar-event", visible=has_desk, order=27))
        register_nav(
            "settings",
            Item(_("Changes"), "console:settings-changes", "calendar-event", visible=configures_changes, order=21),
        )
        register_nav("desk", Item(_("Onboarding"), "console:cases", "user-plus", visible=has_desk, order=28))
        register_nav(
            "settings",
            Item(_("Onboarding"), "console:settings-onboarding", "user-plus", visible=configures_cases, order=22),
        )
        register_nav("desk", Item(_("People"), "console:people", "users", visible=has_desk, order=30, phone=True))
        register_nav("desk", Item(_("Articles"), "console:articles", "book", visible=keeps_articles, order=60))
        register_nav(
            "areas", Item(_("Knowledge base"), "console:articles", "book", visible=keeps_articles_only, order=25)
        )
        register_nav("desk", Item(_("Assets"), "console:assets", "device-laptop", visible=reads_register, order=40))
        register_nav(
            "settings",
            Item(_("Assets"), "console:settings-assets", "device-laptop", visible=configures_register, order=20),
        )
        register_nav(
            "areas",
            Item(_("Assets"), "console:assets", "device-laptop", visible=reads_register_only, order=26),
        )
        register_nav(
            "desk", Item(_("Settings"), "console:settings", "settings", visible=configures_desk, order=90, phone=True)
        )
        for order, (label, url_name, icon, phone) in enumerate(
            (
                (_("Overview"), "console:settings", "settings", True),
                (_("Queues"), "console:settings-queues", "inbox", True),
                (_("Categories"), "console:settings-categories", "sitemap", False),
                (_("Tags"), "console:settings-tags", "tag", False),
                (_("Catalogue"), "console:settings-catalogue", "list-check", False),
                (_("Roles"), "console:settings-roles", "users-group", True),
                (_("Rights"), "console:settings-rights", "key", True),
                (_("Directory"), "console:settings-directory", "users", False),
                (_("Confidential"), "console:settings-confidential", "lock", False),
                (_("Signing in"), "console:settings-sign-in", "shield-lock", False),
            )
        ):
            register_nav("settings", Item(label, url_name, icon, visible=configures_desk, order=order, phone=phone))
        register_nav("create", Item(_("New ticket"), "portal:report", "plus", visible=is_technician, short=_("New")))
        register_nav("areas", Item(_("Desk"), "console:queue", "inbox", visible=has_desk, order=20))
        register_nav("areas", Item(_("Settings"), "console:settings", "settings", visible=configures_desk, order=30))
