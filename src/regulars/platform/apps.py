from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "regulars.platform"
    label = "platform"

    def ready(self) -> None:
        from regulars.platform import privacy, retention
        from regulars.platform.backups import jobs as backup_jobs
        from regulars.platform.jobs import schedule
        from regulars.platform.jobs.pruning import prune

        schedule("prune jobs", "17 * * * *", prune)
        privacy.register()
        retention.register()
        backup_jobs.register()
