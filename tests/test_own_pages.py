"""The navigation of pages written by hand."""

import yaml

from generator.navigation import write_navigation


def test_pages_stand_in_the_order_in_which_their_index_links_to_them(tmp_path):
    (tmp_path / "mkdocs.yml").write_text("site_name: Book\n")
    docs = tmp_path / "docs"
    texts = {
        "guide/index.md": "[Second](b.md#part) and [first](a.md), [no page](../image.png)",
        "guide/a.md": "",
        "guide/b.md": "",
        "guide/aside.md": "",
        "notes/z.md": "[a](a.md)",
        "notes/a.md": "",
    }
    for name, text in texts.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text)
    navigation = yaml.safe_load(write_navigation(docs).read_text("utf-8"))["nav"]
    assert navigation[1:] == [
        {"Guide": ["guide/index.md", "guide/b.md", "guide/a.md", "guide/aside.md"]},
        {"Notes": ["notes/a.md", "notes/z.md"]},
    ]
