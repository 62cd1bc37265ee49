"""The address of a newsletter's site, read from what its generator is configured by."""

from __future__ import annotations

import pytest

from pipeline.site_addresses import written
from tests.pipeline.room import Room

POND = "https://pond.example.net"


@pytest.mark.parametrize(
    ("path", "text", "address"),
    [
        ("hugo.toml", f'title = "Pond"\nbaseURL = "{POND}/"\n', POND),
        ("config.toml", f"base_url = '{POND}/letters'\n[extra]\nurl = 'https://other.net'\n", f"{POND}/letters"),
        ("config/_default/hugo.yaml", f"baseurl: {POND}/\n", POND),
        ("config.json", f'{{\n"baseURL": "{POND}/",\n"title": "Pond"}}', POND),
        (
            "_config.yml",
            f"author:\n  url: https://ann.net\r\nurl: {POND} # where it is\r\nbaseurl: /weekly/\r\n",
            f"{POND}/weekly",
        ),
        ("_config.yml", f'url: "{POND}"\nbaseurl: ""\n', POND),
        ("astro.config.mjs", f"export default defineConfig({{\n  site: '{POND}',\n}})", POND),
        ("docusaurus.config.ts", f"const config = {{\n  url: '{POND}',\n  baseUrl: '/docs/',\n}}", f"{POND}/docs"),
        ("pelicanconf.py", f"SITEURL = '{POND}'\n", POND),
        ("CNAME", "pond.example.net\n", POND),
        ("CNAME", "two words\n", ""),
        ("hugo.toml", 'baseURL = "https://example.org/"\n', ""),
        ("_config.yml", 'url: ""\n', ""),
        ("_config.yml", "url: http://localhost:4000\n", ""),
        ("_config.yml", "github:\n  url: https://github.com/pond\n", ""),
    ],
)
def test_the_address_is_the_one_that_the_generator_has(path: str, text: str, address: str) -> None:
    assert written(path, text.encode()) == address


async def test_the_first_import_proposes_the_site_that_the_newest_issue_stands_in(room: Room) -> None:
    for place, site in (("", "https://top.net"), ("letters", POND), ("swans", "https://swans.net")):
        (room.folder / place / "posts").mkdir(parents=True)
        (room.folder / place / "hugo.toml").write_text(f'baseURL = "{site}/"\n')
    room.write("letters/posts/12.md", "Letter 12")
    report = await room.poll()
    assert [line for line in await room.importer.taken_in(room.newsletter, report) if "site_url" in line] == [
        f'its site may be {POND}: write site_url: "{POND}", so that messages lead there'
    ]
    (room.folder / "letters/hugo.toml").unlink()
    assert any("https://top.net" in line for line in await room.importer.taken_in(room.newsletter, report))
    named = room.newsletter.model_copy(update={"site_url": POND})
    assert not any("may be" in line for line in await room.importer.taken_in(named, report))
