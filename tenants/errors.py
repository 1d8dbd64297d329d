"""What can go wrong on the ground floor, as sentences."""


class TenantsError(Exception):
    """Base of this room's errors; the HTTP edge maps each class to a status."""


class EmployeeNotAtWork(TenantsError):
    """There is no such employee, no contract is in force, or the employee has left."""


class JobUnknown(TenantsError):
    """There is no such job in jobs.toml."""


class EmployeeNameUnusable(TenantsError):
    """A name is one to forty letters of any writing, with spaces, hyphens and apostrophes between."""


class LikenessTaken(TenantsError):
    """Another shop's employee in this market has the same face, the same voice and a name too close to this one."""


class LikenessRequestUnknown(TenantsError):
    """There is no such request that waits for this shop's answer."""


class LeaveRefused(TenantsError):
    """These days cannot be days off, or this colleague cannot step in."""


class NoteRefused(TenantsError):
    """A note of employment needs words, and a kind there is."""


class EmailAlreadyKnown(TenantsError):
    """A person with this e-mail address exists already."""


class EmailUnreadable(TenantsError):
    """The text cannot be an e-mail address."""


class PasswordTooWeak(TenantsError):
    """The password is shorter than the published minimum, or among the first an attacker tries."""


class SignInRefused(TenantsError):
    """The e-mail address or the password is wrong; which of the two is not said."""


class CodeRefused(TenantsError):
    """A code of the authenticator, or a recovery code, is wrong or was used before."""


class SecondFactorAlreadyEnrolled(TenantsError):
    """This person has an authenticator already; it has to be removed before another is set up."""


class LinkNotValid(TenantsError):
    """A link from a letter was used already, has expired, was withdrawn, or never was."""


class MemberUnknown(TenantsError):
    """There is no such member or invitation in this shop."""


class MemberAlreadyThere(TenantsError):
    """This person is a member of the shop already."""


class InvitationsTooMany(TenantsError):
    """The shop has as many open invitations as it may have."""


class ShopNameMissing(TenantsError):
    """A shop needs a name that fits on a line."""


class LastOwnerMustStay(TenantsError):
    """A shop without an owner could not be run by anybody."""


class RoleNotYours(TenantsError):
    """Nobody gives away more than they hold, nor changes a member who may do more."""


class ApiKeyUnknown(TenantsError):
    """There is no such key in this shop."""


class ApiKeyInvalid(TenantsError):
    """A new key needs a name, something it may do, and room among the shop's keys."""


class ApiKeyScopeMissing(TenantsError):
    """The key is good, but not for this."""


class MailNotSent(TenantsError):
    """The mail server could not be reached or refused the letter; it is tried again."""


class OriginInvalid(TenantsError):
    """A shop's address must look like https://shop.example, with no path."""


class AddressRefused(TenantsError):
    """An address we were asked to call is not one of the public internet, or not written as one."""


class NoAnswer(TenantsError):
    """Another system was called and did not answer in time, or with more than we read."""


class TableUnreadable(TenantsError):
    """A file that was handed in is no table; the words say why, for a sentence of the room that asked for it."""


class WorkLost(TenantsError):
    """Work in line was taken over by another worker, or stopped or thrown away: whoever has it now has the last word."""


class ShopClosed(EmployeeNotAtWork):
    """The shop was removed: nobody works there, and its widget may go."""


class ShopNotClosed(TenantsError):
    """Only a shop that was removed not long ago can be brought back."""
