from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "regulars.intake"
    label = "intake"

    def ready(self) -> None:
        from regulars.intake import jobs, privacy

        jobs.register()
        privacy.register()
