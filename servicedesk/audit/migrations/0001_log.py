import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("directory", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_id", models.BigIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                ("verb", models.CharField(max_length=60)),
                ("source", models.CharField(blank=True, max_length=30)),
                ("target", models.CharField(blank=True, max_length=30)),
                ("details", models.JSONField(default=dict)),
                ("text_digest", models.CharField(blank=True, max_length=64)),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("channel", models.CharField(max_length=20)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "on_behalf_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contenttypes.contenttype"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["verb", "at"], name="event_verb_at")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject_type", "subject_id", "sequence"), name="event_sequence_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                ("entries", models.PositiveIntegerField()),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="PersonalText",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="personal_text",
                        serialize=False,
                        to="audit.event",
                    ),
                ),
                ("salt", models.BinaryField(max_length=16)),
                ("body", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_id", models.BigIntegerField()),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("hash", models.CharField(blank=True, max_length=64)),
                ("sealed_sequence", models.PositiveIntegerField(default=0)),
                (
                    "subject_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contenttypes.contenttype"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sequence__gt", models.F("sealed_sequence"))),
                        fields=["id"],
                        name="head_unsealed",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subject_type", "subject_id"), name="head_subject_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SealEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_id", models.BigIntegerField()),
                ("sequence", models.PositiveIntegerField()),
                ("hash", models.CharField(max_length=64)),
                (
                    "seal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="heads", to="audit.seal"
                    ),
                ),
                (
                    "subject_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contenttypes.contenttype"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("seal", "subject_type", "subject_id"), name="seal_subject_once")
                ],
            },
        ),
    ]
