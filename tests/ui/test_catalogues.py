from pathlib import Path

import polib
import pytest

from crm_project.ui import catalogues

TEMPLATE = """{% load i18n %}
  {% if x %}
      <p title="{% translate "Client" %}">{% blocktranslate count number=n trimmed %}{{ number }} loan
      {% plural %}{{ number }} loans{% endblocktranslate %}</p>
  {% endif %}
  {{ page.hint|default:_("It's here") }} {% translate "May" context "month" %}
"""
CODE = """
from django.utils.translation import gettext as _, pgettext
title = _("Facility %(name)s") % {"name": 1}
month = pgettext("month", "May")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "views.py").write_text(CODE)
    (tmp_path / "templates" / "clients").mkdir(parents=True)
    (tmp_path / "templates" / "clients" / "list.html").write_text(TEMPLATE)
    (tmp_path / "templates" / "base.html").write_text('{% translate "Shell" %}')
    (tmp_path / "crm_project" / "ui").mkdir(parents=True)
    return tmp_path


ROOMS = ["ui", "clients"]


def write(root: Path, entries: dict[tuple[str | None, str], str], room: str = "clients") -> Path:
    folder = root / "locale" / room
    catalogues.update(root, folder, ROOMS, "zh_Hans")
    path = catalogues.catalogue(folder, "zh_Hans")
    po = polib.pofile(str(path))
    for entry in po:
        text = entries.get((entry.msgctxt, entry.msgid), "")
        if entry.msgid_plural:
            entry.msgstr_plural = {0: text}
        else:
            entry.msgstr = text
    po.save()
    return path


WORDS: dict[tuple[str | None, str], str] = {
    (None, "Client"): "客户",
    (None, "%(number)s loan"): "%(number)s 笔贷款",
    (None, "It's here"): "在这里",
    (None, "Facility %(name)s"): "借款合同 %(name)s",
    ("month", "May"): "五月",
}


def test_strings_of_code_and_templates_are_found_in_their_room(root: Path) -> None:
    assert set(catalogues.find_strings(root, "clients", ROOMS)) == set(WORDS)
    assert set(catalogues.find_strings(root, "ui", ROOMS)) == {(None, "Shell")}


def test_a_complete_catalogue_has_no_problem_and_compiles(root: Path) -> None:
    path = write(root, WORDS)
    assert catalogues.problems(path, root, "clients", ROOMS) == []
    catalogues.compile_catalogue(path)
    assert polib.mofile(str(path.with_suffix(".mo"))).find("Client").msgstr == "客户"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({(None, "Client"): ""}, "not translated: 'Client'"),
        ({(None, "Facility %(name)s"): "借款合同"}, "placeholders differ"),
        ({(None, "Facility %(name)s"): "借款合同 %(nome)s"}, "placeholders differ"),
        ({(None, "%(number)s loan"): "%(count)s 笔贷款"}, "placeholders differ"),
    ],
)
def test_a_faulty_translation_is_named(root: Path, change: dict[tuple[str | None, str], str], said: str) -> None:
    path = write(root, WORDS | change)
    assert any(said in line for line in catalogues.problems(path, root, "clients", ROOMS))


def test_fuzzy_missing_and_stale_entries_are_named(root: Path) -> None:
    path = write(root, WORDS)
    po = polib.pofile(str(path))
    po.find("Client").flags.append("fuzzy")  # type: ignore[union-attr]
    po.remove(po.find("It's here"))  # type: ignore[arg-type]
    po.append(polib.POEntry(msgid="Old", msgstr="旧"))
    po.save()
    said = "\n".join(catalogues.problems(path, root, "clients", ROOMS))
    assert "fuzzy: 'Client'" in said and "not in the catalogue" in said and "stale: 'Old'" in said


def test_a_new_run_keeps_translations_and_drops_what_is_gone(root: Path) -> None:
    path = write(root, WORDS)
    (root / "clients" / "views.py").write_text('_("Facility %(name)s") % x')
    catalogues.update(root, root / "locale" / "clients", ROOMS, "zh_Hans")
    again = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in polib.pofile(str(path))}
    assert again[None, "Facility %(name)s"] == "借款合同 %(name)s"
    assert ("month", "May") in again and (None, "Client") in again
    (root / "templates" / "clients" / "list.html").write_text("")
    catalogues.update(root, root / "locale" / "clients", ROOMS, "zh_Hans")
    assert [entry.msgid for entry in polib.pofile(str(path))] == ["Facility %(name)s"]


def test_one_string_with_two_translations_is_named(root: Path) -> None:
    (root / "templates" / "base.html").write_text('{% translate "Client" %}')
    paths = [write(root, WORDS), write(root, {(None, "Client"): "顾客"}, room="ui")]
    assert "客户" in catalogues.disagreements(paths)[0]
