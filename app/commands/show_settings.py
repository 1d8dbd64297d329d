"""`python -m app settings`: every setting, its value, and whether it is the default. Secrets are not shown."""

from app.settings import Settings


def show_settings(settings: Settings) -> None:
    """Print one line per setting."""
    for name, field in Settings.model_fields.items():
        source = "set" if name in settings.model_fields_set else "default"
        print(f"TILLHAND_{name.upper():<24} {getattr(settings, name)!s:<32} {source:<8} {field.description or ''}")
