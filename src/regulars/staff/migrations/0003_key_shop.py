from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0002_links_visits_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="key",
            name="shop",
            field=models.CharField(db_default="shop", default="shop", max_length=60),
        ),
    ]
