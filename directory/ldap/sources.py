"""The sources that people come from, as the environment and the mapping file name them."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from .address import Address, InvalidAddress, parse_address
from .entries import Source
from .ldif import LdifSource
from .mapping import DEFAULTS, Mapping
from .mapping_file import FIRST, FurtherSource, InvalidMapping, MappingFile, read_mapping_file
from .server import LdapSource


class UnknownSource(ValueError):
    """There is no such source; ``str()`` says which there are."""


@dataclass(frozen=True, kw_only=True)
class Configured:
    """One source and how it is read. ``address`` is None for files; ``name`` is "" when nothing configures it.

    ``supplements``: the fact by which it finds people of other sources; "" when it has people of its own.
    ``signs_in``: people of this source sign in with the password they have there.
    """

    name: str
    source: Source
    mapping: Mapping = DEFAULTS
    address: Address | None = None
    supplements: str = ""
    signs_in: bool = False


def configured() -> list[Configured]:
    """Every source, that of DIRECTORY_URI first. Raises ``InvalidMapping`` with every fault at once."""
    environment = settings.DIRECTORY
    file = read_mapping_file(environment.mapping)
    found: list[Configured] = []
    faults: list[str] = []
    if environment.uri:
        try:
            found.append(
                _configured(
                    FIRST,
                    environment.uri,
                    file.mapping_of(None),
                    bind_dn=environment.bind_dn,
                    password=environment.password,
                    ca_file=environment.ca_file,
                    starttls=environment.starttls,
                )
            )
        except InvalidAddress as error:
            faults.append(f"DIRECTORY_URI: {error}")
    for further in file.sources:
        place = f"{Path(environment.mapping).name}, sources.{further.name}"
        try:
            found.append(_further(further, file, Path(environment.mapping).parent))
        except InvalidAddress as error:
            faults.append(f"{place}: {error}")
        except OSError as error:
            faults.append(
                _("{place}.password_file: {path} cannot be read: {why}.").format(
                    place=place, path=further.password_file, why=error.strerror
                )
            )
    if faults:
        raise InvalidMapping(faults)
    return found


def configured_source(name: str) -> Configured:
    """The source of that name, or address. Raises :class:`UnknownSource`, or ``InvalidMapping``."""
    everything = configured()
    for one in everything:
        if name in (one.name, one.source.uri):
            return one
    known = ", ".join(one.name for one in everything)
    raise UnknownSource(
        _("No source is called {name}. There are: {all}.").format(name=name, all=known)
        if known
        else _("No source is called {name}: set DIRECTORY_URI, or name sources in DIRECTORY_MAPPING.").format(name=name)
    )


def named_source(text: str) -> Configured:
    """The source that ``text`` names: one that is configured, else any ``ldif:``, ``ldap://`` or ``ldaps://`` address.

    An address is read with the account of the environment and its mapping. Raises :class:`UnknownSource`,
    ``InvalidAddress`` or ``InvalidMapping``.
    """
    if not text.lower().startswith(("ldif:", "ldap://", "ldaps://")):
        return configured_source(text)
    environment = settings.DIRECTORY
    if text == environment.uri:
        return configured_source(FIRST)
    return _configured(
        "", text, read_mapping_file(environment.mapping).mapping_of(None), bind_dn=environment.bind_dn,
        password=environment.password, ca_file=environment.ca_file, starttls=environment.starttls,
    )  # fmt: skip


def _further(further: FurtherSource, file: MappingFile, folder: Path) -> Configured:
    password = (
        (folder / further.password_file).read_text(encoding="utf-8").strip() if further.password_file else ""
    )  # a path that does not start with / is one beside the mapping
    return _configured(
        further.name, further.uri, file.mapping_of(further), bind_dn=further.bind_dn, password=password,
        ca_file=further.ca_file, starttls=further.starttls, supplements=further.supplements,
        signs_in=further.signs_in,
    )  # fmt: skip


def _configured(
    name: str,
    uri: str,
    mapping: Mapping,
    *,
    bind_dn: str,
    password: str,
    ca_file: str,
    starttls: bool,
    supplements: str = "",
    signs_in: bool = True,
) -> Configured:
    scheme, _colon, path = uri.partition(":")
    if scheme.lower() == "ldif":
        if not path:
            raise InvalidAddress(_("ldif: names no file: write ldif:PATH, a file or a folder of .ldif files."))
        return Configured(name=name, source=LdifSource(path), mapping=mapping, supplements=supplements)
    address = parse_address(uri, bind_dn=bind_dn, password=password, ca_file=ca_file, starttls=starttls)
    return Configured(
        name=name, source=LdapSource(address, mapping=mapping), mapping=mapping, address=address,
        supplements=supplements, signs_in=signs_in and not supplements,
    )  # fmt: skip
