from django.apps import AppConfig


class StreamConfig(AppConfig):
    name = "regulars.stream"
    label = "stream"
