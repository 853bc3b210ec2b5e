"""Third-party page assets, copied from node_modules at set-up and never committed.

The icon sprite holds only the icons that templates and code name; a name without an icon stops the build.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

PACKAGES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.js",
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "echarts/dist/echarts.min.js": "echarts.js",
    "tom-select/dist/js/tom-select.complete.min.js": "tom-select.js",
    "tom-select/dist/css/tom-select.bootstrap5.min.css": "tom-select.css",
}
FONT = "@fontsource-variable/noto-sans-sc"
ICONS = "@tabler/icons/icons"
SOURCES = ("*.html", "*.py")
NOT_SOURCES = {"node_modules", ".venv", "var", "tests", ".git"}
NAMED = re.compile(r"""(?:\{%\s*icon\s+|\bicon(?::\s*str)?\s*=\s*|\bicon\(\s*)["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
WORD = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
USES_UI = "crm_project.ui"
SOURCE_MAP = re.compile(rb"\n?(?://|/\*)[#@] ?sourceMappingURL=[^\n*]*(?:\*/)?")


class MissingAsset(Exception):
    """A package file or an icon that is not there; the message says which and what to run."""


def build(modules: Path, target: Path, root: Path) -> list[str]:
    """Write everything below `target`; files that are already right are left alone. Returns the names written."""
    if not modules.is_dir():
        raise MissingAsset(f"{modules} is missing: run `npm ci --ignore-scripts` first")
    wanted: dict[str, bytes] = {name: _package_file(modules / source) for source, name in PACKAGES.items()}
    wanted |= _font(modules / FONT)
    wanted["icons.svg"] = sprite(modules / ICONS, used_icons(root), possible_icons(root)).encode()
    written = [name for name, body in wanted.items() if _write(target / name, body)]
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target).as_posix() not in wanted:
            path.unlink()
    return written


def used_icons(root: Path) -> set[str]:
    """Names given to `{% icon %}`, to `icon=` and to `icon()`; each must exist."""
    return {name for path in source_files(root) for name in NAMED.findall(path.read_text(encoding="utf-8"))}


def possible_icons(root: Path) -> set[str]:
    """Words in code that draws pages, which may name an icon by position: `Button(label, href, "plus")`."""
    texts = (path.read_text(encoding="utf-8") for path in source_files(root) if path.suffix == ".py")
    return {name for text in texts if USES_UI in text for name in WORD.findall(text)}


def source_files(root: Path) -> Iterable[Path]:
    for child in sorted(root.iterdir()):
        if child.is_dir() and child.name not in NOT_SOURCES:
            for pattern in SOURCES:
                yield from sorted(child.rglob(pattern))


def sprite(folder: Path, names: set[str], possible: Collection[str] = ()) -> str:
    """One SVG of symbols. `alert-octagon-filled` is the filled one, a plain name the outline."""
    for name in sorted(names):
        if not _icon_file(folder, name).is_file():
            raise MissingAsset(f"there is no icon named {name!r}: {_icon_file(folder, name)}")
    found = names | {name for name in possible if _icon_file(folder, name).is_file()}
    symbols = [_symbol(folder, name) for name in sorted(found)]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _icon_file(folder: Path, name: str) -> Path:
    style = "filled" if name.endswith("-filled") else "outline"
    return folder / style / f"{name.removesuffix('-filled')}.svg"


def _symbol(folder: Path, name: str) -> str:
    source = _icon_file(folder, name).read_text(encoding="utf-8")
    shapes = re.findall(r"<(?:path|circle|rect|line|polyline|ellipse)\b[^>]*/>", source)
    drawn = "".join(re.sub(r"\s+", " ", shape) for shape in shapes if 'd="M0 0h24v24H0z"' not in shape)
    paint = (
        'fill="currentColor" stroke="none"'
        if name.endswith("-filled")
        else 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    )
    return f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{drawn}</symbol>'


def _package_file(path: Path) -> bytes:
    """A file without its source map line, which the manifest of static files could not resolve."""
    if not path.is_file():
        raise MissingAsset(f"{path} is missing: run `npm ci --ignore-scripts`")
    return SOURCE_MAP.sub(b"", path.read_bytes())


def _font(package: Path) -> dict[str, bytes]:
    """The web font in slices by Unicode range, so that a page loads only what it shows."""
    style = _package_file(package / "wght.css").decode().replace("url(./files/", "url(")
    files = {f"fonts/{path.name}": path.read_bytes() for path in (package / "files").glob("*-wght-normal.woff2")}
    return {"fonts/noto-sans-sc.css": style.encode(), **files}


def _write(path: Path, body: bytes) -> bool:
    if path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return True
