"""Labels to print: a QR code with the asset's address, its tag and what it is."""

import base64
from io import BytesIO
from typing import Any

import qrcode
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from qrcode.image.svg import SvgPathFillImage

from assets.models import Asset

from .gates import asset_page
from .listing import Choices

MOST = 120


@asset_page
def labels(request: HttpRequest) -> HttpResponse:
    """``/desk/assets/labels/``: of the assets named by ``number`` (several), else of those that the list shows."""
    numbers = [number[:20].replace("\x00", "") for number in request.GET.getlist("number")][:MOST]
    visible = Asset.objects.visible_to(request.user)
    if numbers:
        keys = {visible.numbered(number).values_list("pk", flat=True).first() for number in numbers} - {None}
        found = visible.filter(pk__in=keys).order_by("pk")
    else:
        found = Choices.of(request).found(request)
    rows = [{"asset": asset, "code": code_of(asset)} for asset in found.select_related("type", "model__maker")[:MOST]]
    context: dict[str, Any] = {"rows": rows, "most": MOST if len(rows) == MOST else 0}
    return render(request, "console/assets/labels.html", context)


def address_on(asset: Asset) -> str:
    """What the code holds: the address of the asset's page."""
    return f"{settings.BASE_URL}/desk/assets/{asset.number}/"


def code_of(asset: Asset) -> str:
    """The code as a picture in an address of data, black on white in every theme."""
    drawn = BytesIO()
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address_on(asset))
    code.make_image(image_factory=SvgPathFillImage).save(drawn)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}"
