from pathlib import Path

import pytest
from django.conf import settings

from crm_project.ui import assets

ROOT: Path = settings.BASE_DIR


def test_a_second_build_writes_nothing(tmp_path: Path) -> None:
    assert assets.build(ROOT / "node_modules", tmp_path, ROOT)
    assert assets.build(ROOT / "node_modules", tmp_path, ROOT) == []


def test_no_built_file_points_at_a_source_map_or_another_host(tmp_path: Path) -> None:
    assets.build(ROOT / "node_modules", tmp_path, ROOT)
    for path in [*tmp_path.glob("*.js"), *tmp_path.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text, path.name
        assert "url(http" not in text and "@import" not in text, path.name


def test_the_sprite_holds_every_icon_that_is_named_and_few_others(tmp_path: Path) -> None:
    assets.build(ROOT / "node_modules", tmp_path, ROOT)
    sprite = (tmp_path / "icons.svg").read_text(encoding="utf-8")
    for name in assets.used_icons(ROOT) | {"alert-octagon-filled", "alert-square-filled"}:
        assert f'id="{name}"' in sprite
    assert len(sprite) < 60_000


def test_an_icon_that_does_not_exist_stops_the_build() -> None:
    with pytest.raises(assets.MissingAsset, match="no-such-icon"):
        assets.sprite(ROOT / "node_modules" / assets.ICONS, {"no-such-icon"})


def test_a_file_that_is_no_longer_wanted_goes(tmp_path: Path) -> None:
    old = tmp_path / "old.js"
    old.write_text("gone")
    assets.build(ROOT / "node_modules", tmp_path, ROOT)
    assert not old.exists()


def test_templates_carry_no_inline_style_or_script() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text, path
        for handler in (" onclick=", " onchange=", " onsubmit=", " onload="):
            assert handler not in text, path
        for script in text.split("<script")[1:]:
            tag = script.split(">")[0]
            assert "src=" in tag or "application/json" in tag or "nonce=" in tag, path
