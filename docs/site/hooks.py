"""What mkdocs does besides: what pages link to outside docs/ is part of the site too.

CONTRIBUTING and CHANGELOG become pages beside the others, and source files lie under source/. In the repository their
links lead out of docs/ and into it; here both are turned.
"""

import re
from pathlib import Path

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
OUTSIDE = re.compile(r"\]\(\.\./([^)#]+)")  # a link out of docs/


def in_site(path: str) -> str:
    """Where a file of the repository lies in the site."""
    return PAGES.get(path, f"source/{path}")


def on_files(files: Files, config) -> Files:
    texts = [file.content_string for file in files.documentation_pages()]
    for path in sorted({*PAGES, *(link for text in texts for link in OUTSIDE.findall(text))}):
        files.append(File.generated(config, in_site(path), content=(ROOT / path).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page, **_) -> str:
    if page.file.src_uri in PAGES.values():
        markdown = re.sub(r"\]\((?!https?:|#)([^)#]+)", r"](../\1", markdown).replace("](../docs/", "](")
    return OUTSIDE.sub(lambda link: f"]({in_site(link[1])}", markdown)
