from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "regulars.staff"
    label = "staff"

    def ready(self) -> None:
        from regulars.staff import visits

        visits.listen()
