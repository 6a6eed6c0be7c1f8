from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, organisations, roles, audit."""

    name = "guildhall.accounts"
    default_auto_field = "django.db.models.BigAutoField"
