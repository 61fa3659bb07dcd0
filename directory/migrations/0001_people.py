import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import servicedesk.common.text


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Department",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=150,
                        unique=True,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="name",
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=150,
                        unique=True,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="name",
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "city",
                    models.CharField(
                        blank=True,
                        max_length=100,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="city",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True, help_text="ISO 3166-1, two letters", max_length=2, verbose_name="country"
                    ),
                ),
                ("time_zone", models.CharField(default="UTC", max_length=64, verbose_name="time zone")),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="SyncRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=500)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                ("complete", models.BooleanField(help_text="the source was read to its end without a fault")),
                ("seen", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("deactivated", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("groups", models.PositiveIntegerField(default=0)),
                ("warnings", models.JSONField(default=list, help_text="[{person, reason}]")),
                ("refused", models.TextField(blank=True, help_text="why nothing was written")),
            ],
            options={
                "ordering": ("-started_at",),
            },
        ),
        migrations.CreateModel(
            name="Employee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "kind",
                    models.CharField(
                        choices=[("employee", "Employee"), ("external", "External person"), ("service", "Service")],
                        default="employee",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "login",
                    models.CharField(
                        max_length=150, validators=[servicedesk.common.text.validate_line], verbose_name="login"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        max_length=200, validators=[servicedesk.common.text.validate_line], verbose_name="name"
                    ),
                ),
                (
                    "given_name",
                    models.CharField(
                        blank=True,
                        max_length=100,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="given name",
                    ),
                ),
                (
                    "family_name",
                    models.CharField(
                        blank=True,
                        max_length=100,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="family name",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        max_length=150,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="job title",
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        max_length=50,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="phone",
                    ),
                ),
                (
                    "employee_number",
                    models.CharField(
                        blank=True,
                        max_length=50,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="employee number",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("deactivated_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("source", models.CharField(blank=True, editable=False, max_length=100)),
                ("source_key", models.CharField(blank=True, editable=False, max_length=500)),
                (
                    "left_source_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="when the directory stopped listing this person as active",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "groups",
                    models.ManyToManyField(blank=True, related_name="members", to="auth.group", verbose_name="groups"),
                ),
                (
                    "manager",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="reports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="manager",
                    ),
                ),
                (
                    "department",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="employees",
                        to="directory.department",
                        verbose_name="department",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="employees",
                        to="directory.location",
                        verbose_name="location",
                    ),
                ),
            ],
            options={
                "ordering": ("name",),
                "indexes": [
                    models.Index(fields=["name"], name="directory_e_name_a5e09a_idx"),
                    models.Index(django.db.models.functions.text.Lower("email"), name="employee_email_lower"),
                ],
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("login"), name="employee_login_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        fields=("source", "source_key"),
                        name="employee_source_key_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SyncChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("joined", "Joined"), ("changed", "Changed"), ("left", "Left")], max_length=10
                    ),
                ),
                ("diff", models.JSONField(default=dict)),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sync_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="directory.syncrun"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "employee"), name="sync_change_once")],
            },
        ),
        migrations.CreateModel(
            name="DirectoryGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=100)),
                ("source_key", models.CharField(max_length=500)),
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="directory_group", to="auth.group"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("source", "source_key"), name="directory_group_once")],
            },
        ),
    ]
