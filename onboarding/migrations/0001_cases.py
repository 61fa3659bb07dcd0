import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import servicedesk.common.text


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("directory", "0010_blocked"),
        ("directory", "__first__"),
        ("tickets", "0006_cases"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=120,
                        unique=True,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="name",
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="short name in addresses")),
                (
                    "case_type",
                    models.CharField(
                        choices=[
                            ("joiner", "Somebody joins"),
                            ("mover", "Somebody moves"),
                            ("leaver", "Somebody leaves"),
                        ],
                        max_length=10,
                        verbose_name="for",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="is used")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.department",
                        verbose_name="department",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        help_text="Whose cases these are.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
            ],
            options={
                "ordering": ("case_type", "name"),
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("department__isnull", False), ("is_active", True)),
                        fields=("case_type", "department"),
                        name="one_active_case_template_of_a_department",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("department", None), ("is_active", True)),
                        fields=("case_type",),
                        name="one_active_case_template",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OnboardingCase",
            fields=[
                (
                    "ticket_ptr",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        related_name="case",
                        serialize=False,
                        to="tickets.ticket",
                    ),
                ),
                (
                    "case_type",
                    models.CharField(
                        choices=[
                            ("joiner", "Somebody joins"),
                            ("mover", "Somebody moves"),
                            ("leaver", "Somebody leaves"),
                        ],
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                ("on", models.DateField(verbose_name="day")),
                ("running", models.CharField(editable=False, max_length=40, null=True, unique=True)),
                ("held_from", models.CharField(blank=True, editable=False, max_length=20)),
                ("revoke_at", models.DateTimeField(blank=True, null=True, verbose_name="access ends at")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="access ended")),
                (
                    "waiver",
                    models.TextField(blank=True, max_length=20000, verbose_name="why it is closed all the same"),
                ),
                ("waived", models.JSONField(default=list)),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cases",
                        to="onboarding.casetemplate",
                        verbose_name="template",
                    ),
                ),
            ],
            options={
                "permissions": [("run_case", "Run onboarding cases: joiners, movers and leavers, and their templates")],
                "default_permissions": (),
                "indexes": [
                    models.Index(condition=models.Q(("revoked_at", None)), fields=["revoke_at"], name="cases_to_revoke")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("running", None),
                            ("running__startswith", "joiner:"),
                            ("running__startswith", "mover:"),
                            ("running__startswith", "leaver:"),
                            _connector="OR",
                        ),
                        name="case_runs_for_somebody",
                    )
                ],
            },
            bases=("tickets.ticket",),
        ),
        migrations.CreateModel(
            name="TaskTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=1)),
                (
                    "title",
                    models.CharField(
                        max_length=200, validators=[servicedesk.common.text.validate_line], verbose_name="task"
                    ),
                ),
                (
                    "offset",
                    models.SmallIntegerField(
                        default=0,
                        validators=[
                            django.core.validators.MinValueValidator(-90),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="working days from the day",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tickets.queue",
                        verbose_name="queue",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tasks", to="onboarding.casetemplate"
                    ),
                ),
            ],
            options={
                "ordering": ("template", "position"),
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("template", "position"), name="task_template_once")],
            },
        ),
    ]
