from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "regulars.customers"
    label = "customers"

    def ready(self) -> None:
        from regulars.customers import fields, jobs, privacy

        jobs.register()
        fields.register()
        privacy.register()
