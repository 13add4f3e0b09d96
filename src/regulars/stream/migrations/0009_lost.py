from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("stream", "0008_newcomer"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="lost_customer_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("lost_customer_id__isnull", False)),
                fields=["lost_customer_id"],
                name="stream_order_lost",
            ),
        ),
    ]
