"""SECURITY.md row 1: what people write cannot act in the page of whoever reads it."""

import re

import pytest
from bs4 import BeautifulSoup, Tag

from servicedesk.ui import markdown

PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><use href=data:image/svg+xml,x></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<form action=https://evil.example><button formaction=javascript:alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' &#106;avascript:alert(1)'>x</a>",
    "<p style='background:url(https://evil.example/x)'>x</p>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<div hx-get=/settings/ hx-trigger=load>x</div>",
    "<div data-hx-post=/logout/ data-hx-trigger=load>x</div>",
    "<button hx-on:click='alert(1)' class='btn primary' popovertarget=m>Send</button>",
    "<p id=main class=toasts data-theme-toggle title=x lang=it>x</p>",
    "<dialog open><form method=dialog></form></dialog>",
    "<video poster=https://evil.example/x.png><source onerror=alert(1)></video>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "[x](https://ok.example 'onclick=alert(1)')",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "[![x](https://evil.example/pixel.png)](https://evil.example)",
    "![x][1]\n\n[1]: https://evil.example/pixel.png",
    'https://evil.example/"onmouseover=alert(1)//',
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "<!--<img src=x onerror=alert(1)>-->",
    "<<script>script>alert(1)<</script>/script>",
    "\x00<script>alert(1)</script>",
    "|<img src=x onerror=alert(1)>|\n|-|\n|x|",
    "> <script>alert(1)</script>",
    "# <script>alert(1)</script>",
]
SCHEMES = re.compile(r"(https?:|mailto:|/|#|[^:]*$)", re.IGNORECASE)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("way", [markdown.render, markdown.sanitise])
def test_a_payload_leaves_only_what_the_allowlist_names(payload, way):
    body = BeautifulSoup(f"<body>{way(payload)}", "html.parser").body
    assert body is not None
    for element in body.find_all(True):
        assert isinstance(element, Tag)
        assert element.name in markdown.ALLOWED_TAGS
        allowed = markdown.ALLOWED_ATTRIBUTES.get(element.name, set()) | ({"rel"} if element.name == "a" else set())
        assert set(element.attrs) <= allowed
        assert SCHEMES.match(str(element.get("href", "")))


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if p.startswith("<") and not p.startswith("<javascript")])
def test_raw_html_is_shown_as_it_was_written(payload):
    shown = BeautifulSoup(markdown.render(payload), "html.parser").get_text()

    assert re.sub(r"\s", "", payload)[:8] in re.sub(r"\s", "", shown)


def test_what_technicians_write_every_day_is_rendered():
    html = markdown.render(
        "**Restart** it:\n\n1. hold\n2. wait\n\n> `net use`\n\n~~no~~ see https://kb.example/1?a=1&b=2"
    )

    assert "<strong>Restart</strong>" in html
    assert "<ol>\n<li>hold</li>" in html
    assert "<blockquote>\n<p><code>net use</code></p>" in html
    assert "<s>no</s>" in html
    assert '<a href="https://kb.example/1?a=1&amp;b=2" rel="noopener nofollow">' in html


@pytest.mark.parametrize("text", ["setup.py", "10.0.0.1", "ann@corp.example", "ftp://corp.example/x", "//corp.example"])
def test_only_full_web_addresses_become_links(text):
    assert "<a" not in markdown.render(f"see {text} now")


def test_line_ends_are_kept_as_people_type_them():
    assert markdown.render("Hello\nGiulia") == "<p>Hello<br>\nGiulia</p>\n"
