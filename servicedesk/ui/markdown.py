"""Markdown that people write, as HTML that cannot act: no script, style, attribute of htmx or remote image."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt

# The one allowlist of the product for text that people write. It is applied after rendering, so a fault of the
# parser cannot let more through than this.
ALLOWED_TAGS = frozenset(
    ("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a")
    + ("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
)
# Without "*" nh3 would let title and lang through on every element.
ALLOWED_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
ALLOWED_SCHEMES = frozenset(("http", "https", "mailto"))


_PARSER = MarkdownIt("js-default", {"html": False, "linkify": True, "breaks": True}).disable(["image"])
# Only full web addresses become links: "setup.py" is a file and not a domain in Paraguay.
_PARSER.linkify = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
for _scheme in ("ftp:", "//", "mailto:"):
    _PARSER.linkify.add(_scheme, None)
# The first rendering compiles the rules, and a second thread must not meet them half compiled.
_PARSER.render("")


def sanitise(html: str) -> SafeString:
    """``html`` without anything that is not on the allowlist; links say that they are foreign."""
    return mark_safe(  # noqa: S308 - nh3 made it safe
        nh3.clean(
            html,
            tags=set(ALLOWED_TAGS),
            attributes=ALLOWED_ATTRIBUTES,
            url_schemes=set(ALLOWED_SCHEMES),
            link_rel="noopener nofollow",
            strip_comments=True,
        )
    )


def render(text: str) -> SafeString:
    """Markdown ``text`` as safe HTML. Raw HTML in it is shown as written; images are never fetched."""
    return sanitise(_PARSER.render(text))
