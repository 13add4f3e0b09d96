from django.apps import AppConfig


class StreamConfig(AppConfig):
    name = "regulars.stream"
    label = "stream"

    def ready(self) -> None:
        from regulars.stream import products

        products.register()
