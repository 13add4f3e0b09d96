from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "regulars.console"
    label = "console"

    def ready(self) -> None:
        """Let pages of `staff` that belong to the settings stand in the console's frame; find the translations."""
        from django.conf import settings

        from regulars.console import held, site
        from regulars.platform import translations
        from regulars.staff import frame

        frame.install(site.render)
        held.register()
        settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, str(translations.folder())]
        translations.follow_screens()
