"""Translations without gettext tools: strings are found by Babel, merged and compiled by polib.

Each room has its own catalogue `locale/<room>/<language>/LC_MESSAGES/django.po`, so that several people can translate
at once. Strings of a room are those of its package and of its template folder; everything else belongs to `ui`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import polib
from django.utils.translation.template import templatize

Key = tuple[str | None, str]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "N_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]?\d*(?:\.\d+)?[sdf]|%[sdif]|\{\w*\}")
FORM_OF_ALL = {"zh_Hans": "nplurals=1; plural=0;"}
FALLBACK_ROOM = "ui"


@dataclass
class Found:
    """A string to translate and where it stands."""

    msgid: str
    context: str | None
    plural: str | None
    places: list[tuple[str, str]] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.context, self.msgid


def packages(root: Path, room: str) -> Path:
    inside = root / "crm_project" / room
    return inside if inside.is_dir() else root / room


def room_files(root: Path, room: str, rooms: Iterable[str]) -> Iterator[Path]:
    """Python files of the room's package, templates of its folder; `ui` takes the templates of no other room."""
    yield from sorted(path for path in packages(root, room).rglob("*.py") if "migrations" not in path.parts)
    templates = root / "templates"
    for path in sorted(templates.rglob("*.html")) + sorted(templates.rglob("*.txt")):
        top = path.relative_to(templates).parts[0]
        owner = top if top in rooms else FALLBACK_ROOM
        if owner == room:
            yield path


def find_strings(root: Path, room: str, rooms: Iterable[str]) -> dict[Key, Found]:
    """All strings of a room by (context, msgid)."""
    from babel.messages.extract import extract  # a development tool, not installed in production

    found: dict[Key, Found] = {}
    for path in room_files(root, room, list(rooms)):
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # Lines are stripped, because a template's indentation is not Python's.
            source = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).split("\n"))
        place = path.relative_to(root).as_posix()
        stream = BytesIO(source.encode())
        for line, message, _comments, context in extract("python", stream, KEYWORDS, options={"encoding": "utf-8"}):
            singular, plural = message if isinstance(message, tuple) else (message, None)
            entry = found.setdefault((context, singular), Found(singular, context, plural))
            entry.plural = entry.plural or plural
            entry.places.append((place, str(line)))
    return found


def merge(po: polib.POFile, found: dict[Key, Found]) -> None:
    """Bring a catalogue in step with the strings: new ones empty, gone ones dropped, translations kept."""
    kept = {(entry.msgctxt, entry.msgid): entry for entry in po if not entry.obsolete}
    po.clear()
    for key in sorted(found, key=lambda key: (key[1].lower(), key[0] or "")):
        item = found[key]
        entry = kept.get(key) or polib.POEntry(msgid=item.msgid, msgctxt=item.context)
        entry.occurrences = [(place, "") for place in sorted({place for place, _line in item.places})]
        entry.flags = [flag for flag in entry.flags if flag == "fuzzy"]
        if item.plural and not entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgstr}
            entry.msgstr = ""
        entry.msgid_plural = item.plural or ""
        if PLACEHOLDER.search(item.msgid) and "%" in item.msgid:
            entry.flags.append("python-format")
        po.append(entry)


def open_catalogue(path: Path, language: str) -> polib.POFile:
    if path.is_file():
        return polib.pofile(str(path), wrapwidth=110)
    po = polib.POFile(wrapwidth=110)
    po.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": FORM_OF_ALL.get(language, "nplurals=2; plural=(n != 1);"),
    }
    return po


def catalogue(folder: Path, language: str) -> Path:
    return folder / language / "LC_MESSAGES" / "django.po"


def update(root: Path, folder: Path, rooms: Iterable[str], language: str) -> tuple[int, int]:
    """Write the catalogue of the room that `folder` is named after. Returns (strings, untranslated)."""
    path = catalogue(folder, language)
    po = open_catalogue(path, language)
    merge(po, find_strings(root, folder.name, rooms))
    if len(po) or path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        po.save(str(path))
    return len(po), sum(1 for entry in po if not entry.translated())


def compile_catalogue(path: Path) -> None:
    polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


def problems(path: Path, root: Path, room: str, rooms: Iterable[str]) -> list[str]:
    """What keeps a catalogue from being complete: missing, empty, fuzzy or stale entries, differing placeholders."""
    found = find_strings(root, room, rooms)
    po = open_catalogue(path, "zh_Hans")
    entries = {(entry.msgctxt, entry.msgid): entry for entry in po if not entry.obsolete}
    said = [f"{room}: not in the catalogue: {key[1]!r}" for key in found if key not in entries]
    said += [f"{room}: stale: {key[1]!r}" for key in entries if key not in found]
    for key, entry in entries.items():
        if key not in found:
            continue
        if entry.fuzzy:
            said.append(f"{room}: fuzzy: {entry.msgid!r}")
        elif not entry.translated():
            said.append(f"{room}: not translated: {entry.msgid!r}")
        else:
            said += [f"{room}: placeholders differ: {entry.msgid!r} -> {text!r}" for text in wrong_placeholders(entry)]
    return said


def wrong_placeholders(entry: polib.POEntry) -> list[str]:
    """Translations that use a placeholder the source does not offer, or leave one out.

    A plural form may leave one out, because its number may be a word.
    """
    offered = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural or ""))
    if not entry.msgid_plural:
        return [] if set(PLACEHOLDER.findall(entry.msgstr)) == offered else [entry.msgstr]
    return [text for text in entry.msgstr_plural.values() if not set(PLACEHOLDER.findall(text)) <= offered]


def disagreements(paths: Iterable[Path]) -> list[str]:
    """The same string with two translations: only one of them would ever be shown."""
    seen: dict[Key, tuple[str, str]] = {}
    said = []
    for path in paths:
        room = path.parts[-4]
        for entry in open_catalogue(path, "zh_Hans"):
            text = entry.msgstr or "|".join(entry.msgstr_plural.values())
            if not text or entry.obsolete:
                continue
            first = seen.setdefault((entry.msgctxt, entry.msgid), (room, text))
            if first[1] != text:
                said.append(f"{entry.msgid!r} is {first[1]!r} in {first[0]} but {text!r} in {room}: give one a context")
    return said
