"""Compile message catalogues without GNU gettext: a machine with only Python speaks every language."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import BaseCommand


class Command(BaseCommand):
    help = "Compile locale/*/LC_MESSAGES/*.po into .mo files."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", action="append", type=Path, help="instead of the project's own")

    def handle(self, *args: Any, folder: list[Path] | None, **options: Any) -> None:
        folders = folder or [Path(path) for path in settings.LOCALE_PATHS]
        sources = sorted(source for each in folders for source in each.rglob("*.po"))
        for source in sources:
            catalogue = polib.pofile(str(source))
            catalogue.save_as_mofile(str(source.with_suffix(".mo")))
        self.stdout.write(f"{len(sources)} catalogues compiled.")
