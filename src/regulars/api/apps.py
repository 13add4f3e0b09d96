from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "regulars.api"
    label = "api"

    def ready(self) -> None:
        from regulars.api import repeats

        repeats.register()
