"""Configuring the register: types with their fields, makers, models. Each change is an event."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from directory.models import Employee
from servicedesk.audit import services as audit
from servicedesk.common.errors import InvalidPayload, NotPermitted, StaleVersion
from servicedesk.tickets import typed_fields
from servicedesk.tickets.administration import CONFIGURE, OPERATOR, wait_for_turn
from servicedesk.tickets.registers.rights import holds

from .access import manages_assets, manages_assets_now
from .models import AssetModel, AssetType, Maker

Row = TypeVar("Row", AssetType, Maker, AssetModel)
_VERBS = {AssetType: "asset_type", Maker: "maker", AssetModel: "asset_model"}
_FIELDS: dict[type[models.Model], frozenset[str]] = {
    AssetType: frozenset({"name", "icon", "tag_prefix", "holds_data", "fields", "is_active"}),
    Maker: frozenset({"name"}),
    AssetModel: frozenset({"type", "maker", "name", "model_number", "is_active"}),
}


def configures_register(employee: Employee) -> bool:
    """Changes types, makers and models: asset managers and administrators. For pages; the services read anew."""
    return manages_assets(employee) or holds(employee, CONFIGURE)


def require_keeper(by: Employee) -> None:
    """Raise ``NotPermitted`` unless ``by`` manages assets or configures the desk. Rights are read anew."""
    if is_operator(by):
        return
    active = Employee.objects.active().filter(pk=by.pk).exists()
    if manages_assets_now(by) or (active and holds(by, CONFIGURE, anew=True)):
        return
    raise NotPermitted(_("Types, makers and models are for asset managers and administrators. Ask one of them."))


def require_manager(by: Employee) -> None:
    """Raise ``NotPermitted`` unless ``by`` manages assets, or runs commands on the machine itself."""
    if not is_operator(by) and not manages_assets_now(by):
        raise NotPermitted(_("Taking over lists is for asset managers. Ask one of them."))


def is_operator(by: Employee) -> bool:
    return by.kind == Employee.Kind.SERVICE and by.login == f"system.{OPERATOR}"


@transaction.atomic
def add(model: type[Row], *, by: Employee, **values: Any) -> Row:
    """A new type, maker or model. Raises ``NotPermitted``, or ``InvalidPayload`` with a sentence at each field."""
    require_keeper(by)
    wait_for_turn()
    row = model()
    _assign(row, values)
    row.slug = _free_slug(row)
    _check(row)
    row.save(force_insert=True)
    audit.record(row, f"{_VERBS[model]}.created", actor=by, details={"slug": row.slug, "name": row.name})
    return row


@transaction.atomic
def change(row: Row, *, by: Employee, expected_version: int | None = None, **values: Any) -> Row:
    """Change a type, maker or model, and give it fresh. Raises also ``StaleVersion``.

    Fields of a type that are no longer named are retired: what was answered stays.
    """
    require_keeper(by)
    wait_for_turn()
    fresh = type(row)._base_manager.select_for_update(no_key=True).get(pk=row.pk)
    if expected_version is not None and expected_version != fresh.version:
        raise StaleVersion(
            _("“%(name)s” was changed since you opened it. Look at what is new, then try again.")
            % {"name": fresh.name},
            expected=expected_version,
            current=fresh.version,
        )
    before = _assign(fresh, values)
    if not before:
        return fresh
    _check(fresh)
    fresh.version += 1
    fresh.save()
    changes = {name: [_plain(old), _plain(getattr(fresh, name))] for name, old in before.items() if name != "fields"}
    details = {"changes": changes, **({"fields": _named(fresh)} if "fields" in before else {})}
    audit.record(fresh, f"{_VERBS[type(row)]}.edited", actor=by, details=details)
    return fresh


def _named(row: Any) -> list[str]:
    return [one["name"] for one in typed_fields.asked(row.fields)]


def _assign(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Set ``values``; gives what was there before, of what differs."""
    before = {}
    for name, value in values.items():
        if name not in _FIELDS[type(row)]:
            raise InvalidPayload({name: [_("“%(name)s” cannot be changed here.") % {"name": name}]})
        value = value.strip() if isinstance(value, str) else value
        old = getattr(row, name, None) if row.pk or name not in ("type", "maker") else None
        if name == "fields":
            value = typed_fields.changed(old or [], value)
        if old != value:
            before[name] = old
            setattr(row, name, value)
    return before


def _check(row: Any) -> None:
    same = type(row)._base_manager.exclude(pk=row.pk).filter(name__iexact=row.name)
    if isinstance(row, AssetModel):
        same = same.filter(maker=row.maker_id, model_number__iexact=row.model_number)
    if same.exists():
        raise InvalidPayload({"name": [_("There is “%(name)s” already: use that one.") % {"name": row.name}]})
    if isinstance(row, AssetModel) and row.pk and row.assets.exclude(type=row.type_id).exists():
        raise InvalidPayload({"type": [_("Assets of this model are of another type: leave the type as it is.")]})
    try:
        row.full_clean(validate_constraints=False)
    except ValidationError as error:
        raise InvalidPayload({("" if name == "__all__" else name): found
                              for name, found in error.message_dict.items()}) from error  # fmt: skip


def _free_slug(row: Any) -> str:
    """A short name for addresses that no other row has; ``new`` is the address of the empty form."""
    words = f"{row.maker.name} {row.name}" if isinstance(row, AssetModel) else row.name
    base = slugify(words)[:50].strip("-") or _VERBS[type(row)].replace("_", "-")
    taken = {"new", *type(row)._base_manager.filter(slug__startswith=base).values_list("slug", flat=True)}
    return base if base not in taken else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)


def _plain(value: Any) -> Any:
    return getattr(value, "slug", None) if isinstance(value, models.Model) else value
