from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "regulars.staff"
    label = "staff"

    def ready(self) -> None:
        from regulars.platform.jobs import schedule
        from regulars.staff import jobs, privacy, visits

        visits.listen()
        privacy.register()
        schedule("prune staff", "40 3 * * *", jobs.prune)
