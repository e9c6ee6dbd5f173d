"""The pieces of the pages fit together: icons exist, modules find one another, styles keep their order."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles.finders import FileSystemFinder

from helpdesk.static_storage import StaticStorage

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = sorted((ROOT / "static" / "js").glob("*.js"))
OUR_LAYERS = {"reset", "tokens", "base", "tune", "components", "workspace", "screens", "widget", "a11y"}
USES = [
    re.compile(r"""\{%\s*(?:icon|channel_glyph)\s+["']([\w-]+)["']"""),  # templates
    re.compile(r"""\bicon\(["']([\w-]+)["']"""),  # Python and JavaScript
    re.compile(r"""\bicon(?:_name)?\s*[:=]\s*["']([\w-]+)["']"""),  # an adapter's own, a toast's
]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("assets_build", ROOT / "assets" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sources() -> list[Path]:
    apps = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]
    python = [path for app in apps for path in app.rglob("*.py")]
    return [*(ROOT / "templates").rglob("*.html"), *python, *MODULES]


def test_every_icon_in_use_is_in_the_sprite(build: ModuleType) -> None:
    names = set(build.icon_names())

    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources()
        for use in USES
        for name in use.findall(path.read_text())
        if name not in names
    }

    assert not missing, "add them to assets/icons.txt and run assets/build.py"


def test_the_sprite_holds_each_listed_icon_once(build: ModuleType) -> None:
    sprite = (ROOT / "static" / "vendor" / "icons.svg").read_text()

    assert sorted(re.findall(r'<symbol id="([\w-]+)"', sprite)) == build.icon_names()


def test_a_missing_source_stops_the_build(build: ModuleType) -> None:
    with pytest.raises(SystemExit, match="is missing from node_modules"):
        build._source("@tabler/icons/icons/outline/no-such-glyph.svg")


def test_both_first_styles_declare_the_same_layers(build: ModuleType) -> None:
    assert build.LAYERS in (ROOT / "static" / "css" / "tokens.css").read_text()
    assert (ROOT / "static" / "vendor" / "kit.css").read_text().startswith(build.LAYERS)


@pytest.mark.parametrize("path", sorted((ROOT / "static" / "css").rglob("*.css")), ids=lambda path: path.name)
def test_a_style_stays_in_its_layers_and_uses_tokens_for_colours(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    outside = re.sub(r"@layer [\w, ]+;", "", _without_blocks(text))

    assert set(re.findall(r"@layer (\w+)", outside)) <= OUR_LAYERS
    assert not re.sub(r"@layer \w+|[{}\s]", "", outside), "a rule stands outside the layers"
    if path.name != "tokens.css":
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", text), "raw colours belong in tokens.css"
    if path.name != "a11y.css":
        assert "!important" not in text


def _without_blocks(text: str) -> str:
    kept, depth = [], 0
    for letter in text:
        depth += (letter == "{") - (letter == "}")
        if depth <= (letter == "{"):
            kept.append(letter)
    return "".join(kept)


def test_modules_import_modules_that_exist() -> None:
    names = {path.name for path in MODULES}

    for path in MODULES:
        assert set(re.findall(r"""["']\./([\w-]+\.js)["']""", path.read_text())) <= names, path.name


def test_hashed_modules_import_hashed_modules(tmp_path: Path) -> None:
    storage = StaticStorage(location=tmp_path, base_url="/static/")
    paths = {}
    for path in MODULES:
        name = f"js/{path.name}"
        (tmp_path / "js").mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(path.read_bytes())
        paths[name] = (storage, name)

    for _name, _hashed, problem in storage.post_process(paths):
        assert not isinstance(problem, Exception), problem

    app = next(tmp_path.glob("js/app.*.js")).read_text()
    imported = re.findall(r'import "\./([\w.-]+)"', app)
    assert len(imported) > 5
    assert all(
        re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name) and (tmp_path / "js" / name).exists()
        for name in imported
    )


def test_pages_carry_no_inline_script_or_style() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\s(?:style|on(?:click|load|submit|change|input))=", text), path
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)", text), path


def test_static_files_are_found_where_pages_look() -> None:
    finder = FileSystemFinder()
    used = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""\{%\s*static\s+["']([^"']+)["']""", path.read_text())
    }

    assert used
    assert not {name for name in used if not finder.find(name)}
