"""The addresses of assets at the technicians' side, and of what can be set about them."""

from django.urls import URLPattern, path, re_path

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
    re_path(r"^settings/assets/(?P<sort>types|makers|models)/new/$", settings.new, name="settings-assets-new"),
    re_path(
        r"^settings/assets/(?P<sort>types|makers|models)/(?P<slug>[-a-zA-Z0-9_]+)/$",
        settings.edit,
        name="settings-assets-edit",
    ),
]
