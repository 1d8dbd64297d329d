"""What can go wrong on the ground floor, as sentences."""


class TenantsError(Exception):
    """Base of this room's errors; the HTTP edge maps each class to a status."""


class EmployeeNotAtWork(TenantsError):
    """There is no such employee, no contract is in force, or the employee has left."""


class EmailAlreadyKnown(TenantsError):
    """A person with this e-mail address exists already."""


class PasswordTooWeak(TenantsError):
    """The password is shorter than the published minimum."""


class SignInRefused(TenantsError):
    """The e-mail address or the password is wrong; which of the two is not said."""


class OriginInvalid(TenantsError):
    """A shop's address must look like https://shop.example, with no path."""
