from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """Occupations and their standards."""

    name = "guildhall.standards"
    default_auto_field = "django.db.models.BigAutoField"
