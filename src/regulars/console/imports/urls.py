"""The addresses of imports, below /console/imports/."""

from __future__ import annotations

from django.urls import URLPattern, path

from regulars.console.imports import by_hand, listing, mending, one_import, one_upload

urlpatterns: list[URLPattern] = [
    path("imports/", listing.show, name="imports"),
    path("imports/files/<int:upload_id>/", one_upload.show, name="upload"),
    path("imports/files/<int:upload_id>/columns/<int:table>/", by_hand.show, name="upload_columns"),
    path("imports/files/<int:upload_id>/progress/", one_upload.progress, name="upload_progress"),
    path("imports/<int:import_id>/", one_import.show, name="import"),
    path("imports/<int:import_id>/undo/", one_import.take_back, name="undo_import"),
    path("imports/<int:import_id>/rejects/<int:file>/", mending.show, name="rejects"),
    path("imports/<int:import_id>/rejects/<int:file>/download/", mending.download, name="rejects_file"),
]
