"""The pages of assets in a browser: nothing that axe finds, nothing that scrolls sideways; signing in a dialog."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from assets.models import Asset
from servicedesk.workflow import carry_out, perform
from tests.assets import making

from .conftest import Visitor
from .test_every_page import WINDOWS, check, check_all

pytestmark = pytest.mark.browser


@pytest.fixture
def depot(world: SimpleNamespace) -> SimpleNamespace:
    """Somebody who manages assets, one in use with a life behind it, one that waits for a signature, and stock."""
    keeper = making.make_keeper("kim")
    kind = making.configure(keeper, [{"label": "Memory", "kind": "choice", "choices": ["16 GB", "32 GB"]}])
    model = making.make_model(kind, "ThinkPad T14 Gen 5")
    used = making.make_asset(
        keeper, kind, tag="LT-0382", model=model.slug, serial="PF3KQ7", cost="1249.90", field_memory="16 GB",
        notes="Sticker on the lid",
    )  # fmt: skip
    used = making.bring(used, "pending_return", keeper=keeper, holder=world.alice, second=keeper)
    waiting = making.bring(
        making.make_asset(keeper, kind, tag="LT-0383", model=model.slug), "pending_acceptance", keeper=keeper,
        holder=world.alice, second=keeper,
    )  # fmt: skip
    perform(waiting, "relate", by=keeper, kind="depends_on", other=used.number)
    carry_out(world.busy, "link_asset", by=world.luca, details={"asset": used.number})
    item = making.make_item(keeper, "Toner black", 4, reorder_at=5)
    perform(item, "issue", by=keeper, quantity=1, employee="alice", note="Floor 2")
    return SimpleNamespace(keeper=keeper, used=used, waiting=waiting, item=item, kind=kind, model=model)


@pytest.mark.parametrize("window", WINDOWS)
def test_pages_of_assets_are_accessible_and_fit(
    world: SimpleNamespace, depot: SimpleNamespace, visit: Callable[..., Visitor], window: str
) -> None:
    options = WINDOWS[window]
    check_all(
        visit(world.alice, **options), "/equipment/", f"/equipment/{depot.waiting.number}/accept/",
        f"/equipment/{depot.waiting.number}/decline/", f"/report/?asset={depot.used.number}",
    )  # fmt: skip
    asset, item = f"/desk/assets/{depot.used.number}/", f"/desk/assets/stock/{depot.item.number}/"
    check_all(
        visit(depot.keeper, **options), "/desk/assets/", "/desk/assets/?q=zzzz", "/desk/assets/?show=held", asset,
        f"/desk/assets/{depot.waiting.number}/", f"{asset}edit/", f"{asset}take_back/", f"{asset}relate/",
        "/desk/assets/new/", "/desk/assets/new/?type=laptop", "/desk/assets/import/", "/desk/assets/labels/",
        "/desk/assets/stock/", "/desk/assets/stock/?show=off", item, f"{item}issue/", "/desk/assets/stock/new/",
        "/settings/assets/", "/settings/assets/types/laptop/", "/settings/assets/models/new/",
        "/settings/assets/makers/lenovo/",
    )  # fmt: skip
    check_all(visit(world.luca, **options), asset, f"/desk/tickets/{world.busy.number}/", "/desk/people/alice/")
    check_all(visit(world.alice, **options), "/desk/assets/", status=403)


def test_somebody_signs_in_a_dialog(
    world: SimpleNamespace, depot: SimpleNamespace, visit: Callable[..., Visitor]
) -> None:
    page = visit(world.alice, **WINDOWS["phone"]).open("/equipment/")
    page.click("a[hx-get$='/accept/']")
    page.fill("dialog [name=signature]", "Somebody Else")
    page.click("dialog button.primary")
    page.wait_for_selector("dialog .error-summary, dialog [aria-invalid=true]")
    check(page, "a wrong signature in the dialog")
    page.fill("dialog [name=signature]", world.alice.name)
    page.click("dialog button.primary")
    page.wait_for_selector("text=You have signed for LT-0383")

    assert Asset.objects.get(pk=depot.waiting.pk).state == "in_use"
