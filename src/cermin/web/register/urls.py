"""Addresses below ``/i/<agency>/``."""

from __future__ import annotations

from django.urls import path

from cermin.web.register.views import guide, regulations, value_sets

urlpatterns = [
    path("rujukan/", guide.register_home, name="register_home"),
    path("rujukan/panduan-perilaku/", guide.behaviour_guide, name="behaviour_guide"),
    path("rujukan/peraturan/", regulations.regulation_list, name="regulation_list"),
    path("rujukan/peraturan/unduh/", regulations.regulation_export, name="regulation_export"),
    path("rujukan/peraturan/tambah/", regulations.regulation_add, name="regulation_add"),
    path(
        "rujukan/peraturan/nasional/",
        regulations.regulation_add_national,
        name="regulation_add_national",
    ),
    path("rujukan/peraturan/<int:pk>/", regulations.regulation_detail, name="regulation_detail"),
    path("rujukan/peraturan/<int:pk>/berkas/", regulations.regulation_file, name="regulation_file"),
    path("rujukan/peraturan/<int:pk>/ubah/", regulations.regulation_edit, name="regulation_edit"),
    path(
        "rujukan/peraturan/<int:pk>/hapus/",
        regulations.regulation_remove,
        name="regulation_remove",
    ),
    path("rujukan/nilai/", value_sets.value_set_list, name="value_set_list"),
    path("rujukan/nilai/tambah/", value_sets.value_set_add, name="value_set_add"),
    path("rujukan/nilai/impor/", value_sets.value_set_import, name="value_set_import"),
    path(
        "rujukan/nilai/contoh/<slug:set_id>/",
        value_sets.value_set_example,
        name="value_set_example",
    ),
    path("rujukan/nilai/<int:pk>/", value_sets.value_set_detail, name="value_set_detail"),
    path("rujukan/nilai/<int:pk>/yaml/", value_sets.value_set_yaml, name="value_set_yaml"),
    path("rujukan/nilai/<int:pk>/ubah/", value_sets.value_set_edit, name="value_set_edit"),
    path("rujukan/nilai/<int:pk>/hapus/", value_sets.value_set_remove, name="value_set_remove"),
]
