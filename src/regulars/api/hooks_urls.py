"""The addresses that shops' servers call, below /hooks/."""

from __future__ import annotations

from django.urls import URLPattern, path

from regulars.api import hooks

urlpatterns: list[URLPattern] = [
    path("shopify/<str:shop>", hooks.shopify, name="shopify"),
    path("woocommerce/<str:shop>", hooks.woocommerce, name="woocommerce"),
]
