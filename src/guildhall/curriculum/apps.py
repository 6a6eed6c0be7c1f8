from django.apps import AppConfig


class CurriculumConfig(AppConfig):
    name = "guildhall.curriculum"
    default_auto_field = "django.db.models.BigAutoField"
