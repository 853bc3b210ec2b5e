"""The browser of the tests: Chromium from npm, unpacked once under `var/`, or the one that CRM_BROWSER names.

A machine may have neither fonts nor the libraries that a browser wants; the package brings both.
"""

import fcntl
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

from crm_project import embedded

PACKAGE = embedded.REPOSITORY / "node_modules" / "@sparticuz" / "chromium"
AXE = embedded.REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
UNPACK = """
import chromium from "./build/esm/index.js"
import { brotliDecompressSync } from "node:zlib"
import { readFileSync, writeFileSync } from "node:fs"
await chromium.executablePath()
writeFileSync(process.env.TMPDIR + "/libraries.tar", brotliDecompressSync(readFileSync("bin/al2023.tar.br")))
"""
FONTS = """<?xml version="1.0"?>
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


class NoBrowser(Exception):
    """Neither the package nor CRM_BROWSER gives a browser that starts here."""


@cache
def program() -> tuple[Path, dict[str, str]]:
    """Path of the browser and what its environment needs besides. Raises NoBrowser."""
    if chosen := os.environ.get("CRM_BROWSER"):
        return Path(chosen), {}
    folder = _unpacked()
    path, environ = folder / "chromium", {}
    if not Path("/etc/fonts/fonts.conf").exists():
        environ["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    if not _starts(path, environ):
        environ["LD_LIBRARY_PATH"] = str(folder / "lib")
        if not _starts(path, environ):
            raise NoBrowser(f"{path} does not start on this machine; CRM_BROWSER=/path names another")
    return path, environ


def _unpacked() -> Path:
    try:
        version = json.loads((PACKAGE / "package.json").read_text())["version"]
    except OSError:
        raise NoBrowser("the npm package @sparticuz/chromium is not installed; `make test` installs it") from None
    folder = embedded.var_dir() / f"chromium-{version}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of pytest-xdist arrive together
        if not folder.exists():
            draft = Path(tempfile.mkdtemp(dir=folder.parent))
            environ = {**os.environ, "TMPDIR": str(draft)}
            subprocess.run(["node", "--input-type=module", "-e", UNPACK], cwd=PACKAGE, env=environ, check=True)
            subprocess.run(["tar", "xf", "libraries.tar"], cwd=draft, check=True)
            (draft / "fonts.conf").write_text(FONTS.format(folder=folder / "fonts"))
            draft.rename(folder)
    return folder


def _starts(path: Path, environ: dict[str, str]) -> bool:
    try:
        done = subprocess.run([path, "--version"], env={**os.environ, **environ}, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A headless browser that finds no name but 127.0.0.1. Raises NoBrowser."""
    path, environ = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS, env={**os.environ, **environ, "LANG": "zh_CN.UTF-8"}
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What a page did that no page should: console errors (breaches of the content-security policy are among
    them), script errors, failed or refused requests, requests to elsewhere."""

    address: str
    faults: list[str] = field(default_factory=list)
    _expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Takes faults that match this regular expression as wanted, for example `422`."""
        self._expected.append(pattern)

    def listen(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failure)
        page.on("response", self._on_response)

    def unexpected(self) -> list[str]:
        """The faults that no `expect` covers."""
        return [fault for fault in self.faults if not any(re.search(one, fault) for one in self._expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.faults.append(f"request to elsewhere: {request.url}")

    def _on_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a download, or a page left while it loaded
            self.faults.append(f"failed request: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"answer {response.status}: {response.request.method} {response.url}")


def sign_in(page: Page, username: str, password: str) -> None:
    """Signs in through the page, as a person does, and waits for the first page after it."""
    page.goto("/sign-in/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator("form:has([name=password]) [type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    settled(page)


def settled(page: Page) -> None:
    """Waits until the page's own fonts are there: the browser has no Chinese ones."""
    page.evaluate("document.fonts.ready.then(() => true)")


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA: one line per rule with the elements concerned."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", AXE_TAGS)
    return [
        f"{one['id']}: {one['help']}: " + "; ".join(" ".join(map(str, node["target"])) for node in one["nodes"])
        for one in found["violations"]
    ]
