from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "regulars.staff"
    label = "staff"

    def ready(self) -> None:
        from regulars.platform.jobs import schedule
        from regulars.staff import jobs, visits

        visits.listen()
        schedule("prune staff", "40 3 * * *", jobs.prune)
