from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stream", "0006_product_cost"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="conflict",
            index=models.Index(condition=models.Q(("seen_at", None)), fields=["key_id"], name="stream_conflict_unseen"),
        ),
        migrations.AddIndex(
            model_name="setaside",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["key_id"], name="stream_setaside_waiting"
            ),
        ),
    ]
