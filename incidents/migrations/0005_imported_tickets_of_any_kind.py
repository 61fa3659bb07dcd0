import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0004_problems"),
        ("tickets", "0004_access_grants"),
    ]

    operations = [
        migrations.RenameField("importedticket", "incident", "ticket"),
        migrations.AlterField(
            "importedticket",
            "ticket",
            models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="imported", to="tickets.ticket"
            ),
        ),
        migrations.AlterField(
            "importedticket",
            "events",
            models.PositiveIntegerField(help_text="length of the ticket's chain when its last lines came in"),
        ),
    ]
