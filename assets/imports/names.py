"""The rows that a list names: people, places, types, makers and models. Read once; makers and models are added."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _

from directory.models import Department, Employee, Location

from .. import register
from ..models import AssetModel, AssetType, Maker
from .meaning import Misfit


class Names:
    """What names stand for. With ``dry`` nothing is added: what would be new is counted all the same."""

    def __init__(self, *, by: Employee, dry: bool) -> None:
        self.by, self.dry = by, dry
        self.added: dict[str, int] = {"type": 0, "maker": 0, "model": 0}
        self._places = {key: row for row in Location.objects.all() for key in (row.name.casefold(), row.slug)}
        self._units = {key: row for row in Department.objects.all() for key in (row.name.casefold(), row.slug)}
        self._types = {key: row for row in AssetType.objects.all() for key in (row.name.casefold(), row.slug)}
        self._makers = {row.name.casefold(): row for row in Maker.objects.all()}
        self._models: dict[str, list[AssetModel]] = {}
        for row in AssetModel.objects.select_related("maker", "type").order_by("pk"):
            self._models.setdefault(row.name.casefold(), []).append(row)
        self._people: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in ("login", "email", "name")}
        for pk, login, email, name in Employee.objects.active().people().values_list("pk", "login", "email", "name"):
            for sort, text in (("login", login), ("email", email), ("name", name)):
                self._people[sort][text.casefold()].append(pk)

    def place(self, text: str) -> Location | None:
        return self._places.get(text.casefold())

    def unit(self, text: str) -> Department | None:
        return self._units.get(text.casefold())

    def person(self, cells: dict[str, str]) -> int | None:
        """The key of who has it: by login, else by e-mail, else by name; None when nobody is named."""
        for cell, sort in (("login", "login"), ("login", "email"), ("login", "name"), ("email", "email"),
                           ("person", "name")):  # fmt: skip
            found = self._people[sort].get(cells.get(cell, "").casefold(), [])
            if len(found) == 1 and cells.get(cell):
                return found[0]
        named = cells.get("login") or cells.get("email") or cells.get("person")
        if named:
            raise Misfit(_("“%(who)s” is no active employee, or several are called so") % {"who": named[:80]})
        return None

    def type(self, text: str) -> AssetType:
        found = self._types.get(text.casefold())
        if found is None:
            found = self._add(AssetType, "type", name=text[:80])
            self._types[text.casefold()] = found
        return found

    def model(self, cells: dict[str, str], kind: AssetType | None) -> AssetModel | None:
        """The model of a line: known, or new with the type of the line."""
        name, maker = cells.get("model", ""), cells.get("maker", "")
        if not name:
            return None
        number = cells.get("model_number", "").casefold()
        known = [
            row for row in self._models.get(name.casefold(), [])
            if (not maker or row.maker.name.casefold() == maker.casefold())
            and (row.model_number.casefold() == number or not (maker or number))
        ]  # fmt: skip
        if len(known) == 1:
            return known[0]
        if kind is None:
            raise Misfit(_("the model “%(name)s” is new here, and no category says what it is") % {"name": name[:80]})
        if not maker:
            if known:
                raise Misfit(_("several makers have a model “%(name)s”: name the manufacturer") % {"name": name[:80]})
            raise Misfit(_("the model “%(name)s” is new here, and no manufacturer is named") % {"name": name[:80]})
        made_by = self._makers.get(maker.casefold())
        if made_by is None:
            made_by = self._add(Maker, "maker", name=maker[:80])
            self._makers[maker.casefold()] = made_by
        added = self._add(
            AssetModel, "model", type=kind, maker=made_by, name=name[:120],
            model_number=cells.get("model_number", "")[:80],
        )  # fmt: skip
        self._models.setdefault(name.casefold(), []).append(added)
        return added

    def _add(self, model: Any, sort: str, **values: Any) -> Any:
        self.added[sort] += 1
        return model(**values) if self.dry else register.add(model, by=self.by, **values)
