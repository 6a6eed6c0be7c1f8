from django.apps import AppConfig


class IssuersConfig(AppConfig):
    """Issuers, sites, keys and filings."""

    name = "guildhall.issuers"
    default_auto_field = "django.db.models.BigAutoField"
