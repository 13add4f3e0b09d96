from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stream", "0007_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="Newcomer",
            fields=[
                ("entry_id", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
    ]
