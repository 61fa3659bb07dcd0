import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import servicedesk.common.text


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("directory", "0009_absences"),
        ("directory", "__first__"),
        ("tickets", "0001_tickets"),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("step", models.PositiveSmallIntegerField(help_text="position in the round's steps, from 0")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waiting for a decision"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("handed_on", "Handed on"),
                            ("not_needed", "No longer needed"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("comment", models.TextField(blank=True, max_length=20000)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "rejected"), _negated=True),
                            models.Q(("comment", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="rejected_with_a_comment",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_name", models.CharField(max_length=100)),
                ("is_sequential", models.BooleanField()),
                ("steps", models.JSONField(help_text="[{who, group, group_name, quorum}] in order")),
                ("subject_hash", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waiting for a decision"),
                            ("granted", "Approved"),
                            ("refused", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ApprovalRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=100,
                        unique=True,
                        validators=[servicedesk.common.text.validate_line],
                        verbose_name="name",
                    ),
                ),
                ("slug", models.SlugField(max_length=60, unique=True, verbose_name="short name in addresses")),
                ("is_sequential", models.BooleanField(default=True, verbose_name="one step after the other")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ("name",),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ApprovalStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=1)),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("line_manager", "The line manager"),
                            ("department_head", "The head of the department"),
                            ("group", "A group"),
                        ],
                        max_length=20,
                        verbose_name="who",
                    ),
                ),
                (
                    "quorum",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="how many must approve",
                    ),
                ),
            ],
            options={
                "ordering": ("rule", "position"),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quorum__gte", 1)), name="approval_step_asks_somebody")
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="ticket",
            name="ticket_state_of_its_kind",
        ),
        migrations.AddField(
            model_name="task",
            name="after",
            field=models.ManyToManyField(
                blank=True, help_text="tasks that must end before it begins", related_name="before", to="tickets.task"
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="kind",
            field=models.CharField(
                choices=[("incident", "Incident"), ("request", "Service request")],
                editable=False,
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("state", "fulfilled")), fields=["resolved_at"], name="fulfilled_to_close"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("pk__in", []),
                    models.Q(
                        ("is_open", True),
                        ("kind", "incident"),
                        ("state__in", ["new", "assigned", "in_progress", "pending"]),
                    ),
                    models.Q(
                        ("is_open", False), ("kind", "incident"), ("state__in", ["resolved", "closed", "cancelled"])
                    ),
                    models.Q(
                        ("is_open", True),
                        ("kind", "request"),
                        ("state__in", ["submitted", "awaiting_approval", "approved", "fulfilment", "pending"]),
                    ),
                    models.Q(
                        ("is_open", False),
                        ("kind", "request"),
                        ("state__in", ["rejected", "fulfilled", "closed", "cancelled"]),
                    ),
                    _connector="OR",
                ),
                name="ticket_state_of_its_kind",
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="approver",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="implementer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="instead_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="requested_for",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="requester",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="ticket",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="tickets.ticket"
            ),
        ),
        migrations.AddField(
            model_name="approvalround",
            name="ticket",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approval_rounds", to="tickets.ticket"
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="tickets.approvalround"
            ),
        ),
        migrations.AddField(
            model_name="approvalstep",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="auth.group",
                verbose_name="group",
            ),
        ),
        migrations.AddField(
            model_name="approvalstep",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="tickets.approvalrule"
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalround",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("ticket",), name="one_open_approval_round"
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(
                condition=models.Q(("state", "asked")), fields=["approver", "ticket"], name="approvals_asked"
            ),
        ),
        migrations.AddIndex(
            model_name="approval",
            index=models.Index(fields=["decided_by", "-decided_at"], name="approvals_decided"),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.UniqueConstraint(fields=("round", "step", "approver"), name="approval_asked_once"),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approver", models.F("requester")), _negated=True),
                    models.Q(("approver", models.F("requested_for")), _negated=True),
                ),
                name="approver_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("implementer", None),
                    models.Q(("approver", models.F("implementer")), _negated=True),
                    _connector="OR",
                ),
                name="approver_is_no_implementer",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(
                        models.Q(("decided_by", models.F("requester")), _negated=True),
                        models.Q(("decided_by", models.F("requested_for")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="decider_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    ("implementer", None),
                    models.Q(("decided_by", models.F("implementer")), _negated=True),
                    _connector="OR",
                ),
                name="decider_is_no_implementer",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state__in", ["approved", "rejected"]),
                    ),
                    models.Q(models.Q(("state__in", ["approved", "rejected"]), _negated=True), ("decided_by", None)),
                    _connector="OR",
                ),
                name="approval_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.UniqueConstraint(fields=("rule", "position"), name="approval_step_once"),
        ),
        migrations.AddConstraint(
            model_name="approvalstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("group__isnull", False), ("who", "group")),
                    models.Q(models.Q(("who", "group"), _negated=True), ("group", None), ("quorum", 1)),
                    _connector="OR",
                ),
                name="approval_step_names_its_group",
            ),
        ),
    ]
