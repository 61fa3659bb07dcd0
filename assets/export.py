"""Assets as rows of a file: the columns that the import reads, and nothing that a spreadsheet would run."""

from typing import Any

from .models import Asset

COLUMNS = (
    "Asset Tag", "Asset Name", "Serial", "Model Name", "Model Number", "Category", "Manufacturer", "Status", "Location",
    "Company", "Purchase Date", "Purchase Cost", "Supplier", "Warranty Expires", "Order Number", "Checked Out To: Name",
    "Checked Out To: Username", "Checked Out To: E-mail", "Number",
)  # fmt: skip
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: Any) -> str:
    """``value`` as text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RUN) else text


def row_of(asset: Asset, *, with_costs: bool) -> list[str]:
    """One asset, read ``for_list()``. What it cost and who sold it is for those who manage assets."""
    model, holder = asset.model, asset.holder
    cells = (
        asset.tag, asset.name, asset.serial, model.name if model else "", model.model_number if model else "",
        asset.type.name, model.maker.name if model else "", asset.state_label, asset.location, asset.department,
        asset.purchased_on, asset.cost if with_costs else "", asset.supplier if with_costs else "",
        asset.warranty_until, asset.order_number if with_costs else "", holder.name if holder else "",
        holder.login if holder else "", holder.email if holder else "", asset.number,
    )  # fmt: skip
    return [harmless(cell) for cell in cells]
