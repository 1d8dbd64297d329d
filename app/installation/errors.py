"""What can go wrong around the installed widget, as sentences."""


class InstallationError(Exception):
    """Base of this room's errors."""


class DomainInvalid(InstallationError):
    """A place must be a web address like shop.example, https://shop.example or https://*.shop.example."""


class DomainsTooMany(InstallationError):
    """A shop's list of places is full."""


class IdentityRefused(InstallationError):
    """The token that says who is signed in cannot be believed."""


class HappeningsTooMany(InstallationError):
    """The page told more about one conversation than is kept."""
