from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "regulars.platform"
    label = "platform"

    def ready(self) -> None:
        from regulars.platform import privacy
        from regulars.platform.jobs import schedule
        from regulars.platform.jobs.pruning import prune

        schedule("prune jobs", "17 * * * *", prune)
        privacy.register()
