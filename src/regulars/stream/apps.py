from django.apps import AppConfig


class StreamConfig(AppConfig):
    name = "regulars.stream"
    label = "stream"

    def ready(self) -> None:
        from regulars.stream import privacy, product_costs, products

        privacy.register()
        products.register()
        product_costs.register()
        webhooks_ready()
        orders_ready()


def orders_ready() -> None:
    """What orders add to the house."""
    from regulars.customers import ahead
    from regulars.platform import registry
    from regulars.stream import order_privacy
    from regulars.stream.newer import NEWER

    ahead.sources.add(NEWER)
    registry.personal_data.add(*order_privacy.entries())
    registry.not_personal.add(*order_privacy.not_personal())


def webhooks_ready() -> None:
    """What webhooks add to the house."""
    from regulars.platform import registry
    from regulars.stream import hook_privacy, webhooks

    webhooks.register()
    registry.personal_data.add(*hook_privacy.entries())
    registry.not_personal.add(*hook_privacy.not_personal())
