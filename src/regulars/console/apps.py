from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "regulars.console"
    label = "console"

    def ready(self) -> None:
        """Let pages of `staff` that belong to the settings stand in the console's frame."""
        from regulars.console import site
        from regulars.staff import frame

        frame.install(site.render)
