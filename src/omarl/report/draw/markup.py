"""Tables as text: in Markdown and in HTML."""

import html
from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int | None = None) -> str:
    """A table in Markdown; the first `left` columns (default: all) are text, the others numbers."""
    texts = len(head) if left is None else left
    rule = "|" + "---|" * texts + "---:|" * (len(head) - texts)
    return "\n".join([_markdown_line(head), rule, *map(_markdown_line, rows)]) + "\n"


def _markdown_line(texts: Iterable[str]) -> str:
    safe = [html.escape(text, quote=False).replace("\\", "\\\\").replace("|", "\\|") for text in texts]
    return "| " + " | ".join(safe) + " |"


def html_table(head: Iterable[str], rows: str, kind: str = "") -> str:
    """A table in HTML that scrolls by itself in a narrow window; `rows` is HTML that is already escaped."""
    cells = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in head)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
