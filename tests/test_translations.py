"""The four catalogues say everything the product says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"en": "en", "vi": "vi", "zh-hans": "zh_Hans", "zh-hant": "zh_Hant"}
EACH = pytest.mark.parametrize("language", sorted(FOLDERS))
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
HAN = re.compile("[\u4e00-\u9fff]")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / FOLDERS[language] / "LC_MESSAGES" / "django.po"))


@EACH
def test_nothing_is_missing_or_fuzzy(language: str) -> None:
    entries = [entry for entry in catalogue(language) if not entry.obsolete]
    assert len(entries) > 500
    assert [entry.msgid for entry in entries if not entry.translated() or "fuzzy" in entry.flags] == []


@EACH
def test_placeholders_are_kept(language: str) -> None:
    for entry in catalogue(language):
        texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
        allowed = set(PLACE.findall(entry.msgid)) | set(PLACE.findall(entry.msgid_plural))
        for text in texts:
            assert set(PLACE.findall(text)) <= allowed, entry.msgid
        if not entry.msgid_plural:
            assert set(PLACE.findall(entry.msgstr)) == allowed, entry.msgid


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_chinese_is_chinese(language: str) -> None:
    wordy = [entry for entry in catalogue(language) if len(re.sub(r"%\(\w+\)s|\W", "", entry.msgid)) > 25]
    silent = [entry.msgid for entry in wordy if not HAN.search(entry.msgstr or str(entry.msgstr_plural))]
    assert silent == []


def test_every_sentence_of_the_sources_is_in_the_catalogues(tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("GNU gettext is not installed: the sources cannot be read for sentences")
    command = [sys.executable, str(ROOT / "bin" / "catalogues"), "sources", str(tmp_path / "found.po")]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True, timeout=300)
    found = {(entry.msgid, entry.msgctxt) for entry in polib.pofile(str(tmp_path / "found.po"))}
    for language in FOLDERS:
        known = {(entry.msgid, entry.msgctxt) for entry in catalogue(language)}
        assert sorted(found - known, key=str) == [], "run bin/catalogues update, then translate"
