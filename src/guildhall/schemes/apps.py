from django.apps import AppConfig


class SchemesConfig(AppConfig):
    """Certification tracks."""

    name = "guildhall.schemes"
    default_auto_field = "django.db.models.BigAutoField"
