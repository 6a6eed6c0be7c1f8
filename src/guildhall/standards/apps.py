from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "guildhall.standards"
    default_auto_field = "django.db.models.BigAutoField"
