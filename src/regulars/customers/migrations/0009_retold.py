from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_seasonal"),
    ]

    operations = [
        migrations.CreateModel(
            name="Retold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField()),
            ],
        ),
        # Whom no file brought, the lake has heard nothing of so far.
        migrations.RunSQL(
            "INSERT INTO customers_retold (customer_id) SELECT id FROM customers_customer WHERE import_id = 0 AND "
            "(country IS NOT NULL OR region IS NOT NULL OR birth_date IS NOT NULL OR kind = 'organisation')",
            migrations.RunSQL.noop,
        ),
    ]
