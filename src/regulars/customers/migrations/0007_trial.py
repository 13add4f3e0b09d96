from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_erasures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Trial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("thresholds", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("stage", models.CharField(default="", max_length=100)),
                ("error", models.TextField(default="")),
                ("run_id", models.BigIntegerField(null=True)),
                ("versions", models.JSONField(default=dict)),
                ("result", models.JSONField(null=True)),
                ("by_staff_id", models.BigIntegerField(null=True)),
                ("by_name", models.CharField(default="", max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
