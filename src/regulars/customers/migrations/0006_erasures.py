from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_merges_and_consent"),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("request", models.CharField(max_length=32, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("by_name", models.CharField(default="", max_length=200)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("store", "Store"),
                            ("lake", "Lake"),
                            ("files", "Files"),
                            ("disk", "Disk"),
                            ("done", "Done"),
                        ],
                        default="store",
                        max_length=6,
                    ),
                ),
                ("customer_ids", models.JSONField(default=list)),
                ("traces", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("done_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
