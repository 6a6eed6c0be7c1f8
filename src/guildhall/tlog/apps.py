from django.apps import AppConfig


class TlogConfig(AppConfig):
    name = "guildhall.tlog"
    default_auto_field = "django.db.models.BigAutoField"
