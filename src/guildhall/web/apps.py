"""The public pages and the desks."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "guildhall.web"
