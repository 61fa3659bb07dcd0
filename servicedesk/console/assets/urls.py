"""The addresses of assets at the technicians' side, and of what can be set about them."""

from django.urls import URLPattern, path

from . import importing, labels, listing, record, settings, stock

urlpatterns: list[URLPattern] = [
    path("desk/assets/", listing.assets, name="assets"),
    path("desk/assets/export/", listing.export, name="assets-export"),
    path("desk/assets/labels/", labels.labels, name="assets-labels"),
    path("desk/assets/import/", importing.upload, name="assets-import"),
    path("desk/assets/import/<uuid:uuid>/", importing.look, name="assets-import-look"),
    path("desk/assets/import/<uuid:uuid>/run/", importing.run, name="assets-import-run"),
    path("desk/assets/new/", record.new, name="asset-new"),
    path("desk/assets/stock/", stock.stock, name="stock"),
    path("desk/assets/stock/new/", stock.new, name="stock-new"),
    path("desk/assets/stock/<str:number>/", stock.item, name="stock-item"),
    path("desk/assets/stock/<str:number>/<slug:name>/", stock.action, name="stock-action"),
    path("desk/assets/<str:number>/", record.asset, name="asset"),
    path("desk/assets/<str:number>/<slug:name>/", record.action, name="asset-action"),
    path("settings/assets/", settings.overview, name="settings-assets"),
    path("settings/assets/types/new/", settings.new, {"sort": "types"}, name="settings-assets-new"),
    path("settings/assets/types/<slug:slug>/", settings.edit, {"sort": "types"}, name="settings-assets-edit"),
    path("settings/assets/makers/new/", settings.new, {"sort": "makers"}, name="settings-assets-new"),
    path("settings/assets/makers/<slug:slug>/", settings.edit, {"sort": "makers"}, name="settings-assets-edit"),
    path("settings/assets/models/new/", settings.new, {"sort": "models"}, name="settings-assets-new"),
    path("settings/assets/models/<slug:slug>/", settings.edit, {"sort": "models"}, name="settings-assets-edit"),
]
