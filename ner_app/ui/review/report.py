"""The report of a review as one HTML file that needs nothing else: tables, and pictures drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from ner_app.core.review.exchange.report import Report, Reviewer, headline, rate
from ner_app.core.review.queues.agreement import HEADERS, agreement_rows, fleiss_line
from ner_app.core.review.queues.progress import BLOCK
from ner_app.ui.widgets import render

CSS = """
body{font:15px/1.5 "Source Sans 3","Liberation Sans",sans-serif}
body{max-width:960px;margin:32px auto;padding:0 20px;color:#1c1b19;background:#fbfaf7}
h1{font-size:22px}h2{font-size:16px;margin:32px 0 8px}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:start;vertical-align:top;padding:4px 16px 4px 0;border-bottom:1px solid #e4e0d8}th{color:#666259}
td{max-width:32em;overflow-wrap:break-word}.scroll{overflow-x:auto}th.n,td.n{text-align:end;font-variant-numeric:tabular-nums}
svg{max-width:100%;height:auto}svg text{font:12px sans-serif;fill:currentColor}
@media(prefers-color-scheme:dark){body{background:#171614;color:#eceae5}th,td{border-color:#35322d}th{color:#a8a399}}
"""
BAR, GAP, NAME, WIDE = 18, 6, 190, 560


def report_html(report: Report) -> str:
    """The whole page. Every word of the corpus and every name is escaped."""
    parts = [
        f"<h1>Review of {render.escape(report.corpus)}</h1>",
        render.table(["", ""], headline(report)),
        "<h2>What changed</h2>",
        bar_chart([(f"{before} to {after}", n) for before, after, n in report.by_change[:20]], "Changed spans by type before and after"),
        "<h2>By reviewer</h2>",
        render.table(
            ["reviewer", "decided", "changed", "yield", "flagged", "an hour"],
            [
                [p.name, p.decided, p.changed, f"{p.changed / p.decided:.1%}" if p.decided else "–", p.flagged, rate(p)]
                for p in report.reviewers
            ],
        ),
        *(_yield(person) for person in report.reviewers if person.blocks),
        *_agreement(report),
        "<h2>The most telling corrections</h2>",
        render.table(
            ["where", "words", "before", "after", "why", "by"],
            [[f"{c.split} {c.sentence}", c.words, c.before, c.after, c.reason, c.reviewers] for c in report.telling],
        ),
    ]
    title = render.escape(f"Review of {report.corpus}")
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{CSS}</style>{"".join(parts)}</html>'


def _yield(person: Reviewer) -> str:
    rows = [(f"{BLOCK * i + 1} to {BLOCK * i + n}", round(100 * wrong / n)) for i, (wrong, n) in enumerate(person.blocks)]
    return bar_chart(rows, f"{person.name}: percent really wrong, by block of {BLOCK}", top=100)


def _agreement(report: Report) -> list[str]:
    if not report.agreement.pairs:
        return []
    table = render.table(HEADERS, agreement_rows(report.agreement))
    return ["<h2>Agreement</h2>", table, f"<p>{render.escape(fleiss_line(report.agreement))}</p>"]


def bar_chart(rows: Sequence[tuple[str, int]], title: str, *, top: int = 0) -> str:
    """Horizontal bars as SVG, with their numbers written beside them; a line of text where there is nothing to draw."""
    if not rows:
        return "<p>Nothing yet.</p>"
    most = top or max(value for _, value in rows) or 1
    lines = []
    for i, (name, value) in enumerate(rows):
        y, width = i * (BAR + GAP) + 26, round((WIDE - 60) * value / most, 1)
        short = name if len(name) <= 28 else name[:27] + "…"
        lines.append(f'<text x="{NAME - 8}" y="{y + 13}" text-anchor="end">{render.escape(short)}</text>')
        lines.append(f'<rect x="{NAME}" y="{y}" width="{width}" height="{BAR}" rx="3" fill="#4a6fa5"/>')
        lines.append(f'<text x="{NAME + width + 6}" y="{y + 13}">{value:,}</text>')
    height = len(rows) * (BAR + GAP) + 30
    head = f'<svg role="img" viewBox="0 0 {NAME + WIDE} {height}" width="{NAME + WIDE}" aria-label="{render.escape(title)}">'
    return f'{head}<text x="0" y="14" font-weight="600">{render.escape(title)}</text>{"".join(lines)}</svg>'
