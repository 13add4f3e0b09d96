from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_trial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="picture",
            index=models.Index(
                condition=models.Q(("seasonal", True)), fields=["customer"], name="customers_picture_seasonal"
            ),
        ),
    ]
