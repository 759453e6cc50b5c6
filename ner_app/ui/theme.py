"""The look: a Gradio theme, and the stylesheet and script of the page. No font or script comes from another server."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import gradio as gr

from ner_app.ui import palette

HERE = Path(__file__).parent
SANS = ("Source Sans 3", "Inter", "Segoe UI", "Liberation Sans", "Noto Sans", "sans-serif")
MONO = ("JetBrains Mono", "Cascadia Mono", "Liberation Mono", "Noto Sans Mono", "monospace")

STYLES = (
    "page.css",
    "widgets/style.css",
    "widgets/token_editor.css",  # a label that is being changed is a label first
    "browse/style.css",
    "inspect/style.css",
    "train/style.css",
    "predict/style.css",
    "review/style.css",
)
"""What the stylesheet is joined from. Of two rules of one weight the later wins: tabs may restyle what widgets draw, never the reverse."""


@cache
def theme() -> gr.themes.Base:
    """Near-white (near-black) ground, one accent, thin lines; every value is one of Gradio's own theme variables."""
    accent, dark_accent = "#2b4c7e", "#9dbbe6"
    pairs = {
        "body_background_fill": ("#fbfaf7", "#171614"),
        "background_fill_primary": ("#ffffff", "#1f1e1b"),
        "background_fill_secondary": ("#f6f4ef", "#262421"),
        "block_background_fill": ("#ffffff", "#1f1e1b"),
        "block_label_background_fill": ("#ffffff", "#1f1e1b"),
        "panel_background_fill": ("#ffffff", "#1f1e1b"),
        "body_text_color": ("#1c1b19", "#eceae5"),
        "body_text_color_subdued": ("#666259", "#a8a399"),
        "block_info_text_color": ("#666259", "#a8a399"),
        "block_label_text_color": ("#666259", "#a8a399"),
        "block_title_text_color": ("#4a463f", "#c9c5bb"),
        "border_color_primary": ("#e4e0d8", "#35322d"),
        "block_border_color": ("#e4e0d8", "#35322d"),
        "block_label_border_color": ("#e4e0d8", "#35322d"),
        "input_background_fill": ("#ffffff", "#1a1917"),
        "input_border_color": ("#cfcabf", "#4a463f"),
        "input_placeholder_color": ("#767167", "#8f8a80"),
        "color_accent_soft": ("#e6ecf5", "#26313f"),
        "link_text_color": (accent, dark_accent),
        "link_text_color_hover": (accent, dark_accent),
        "button_primary_background_fill": (accent, dark_accent),
        "button_primary_background_fill_hover": ("#233f69", "#b5cdf0"),
        "button_primary_text_color": ("#ffffff", "#171614"),
        "button_primary_border_color": (accent, dark_accent),
        "button_secondary_background_fill": ("#ffffff", "#1f1e1b"),
        "button_secondary_background_fill_hover": ("#f2efe8", "#2b2925"),
        "button_secondary_text_color": ("#1c1b19", "#eceae5"),
        "button_secondary_border_color": ("#d8d3c8", "#45413a"),
        "checkbox_background_color_selected": (accent, "#5f86bf"),
        "checkbox_label_background_fill": ("#ffffff", "#1f1e1b"),
        "checkbox_label_background_fill_selected": ("#e6ecf5", "#26313f"),
        "checkbox_label_text_color_selected": ("#1c1b19", "#eceae5"),
        "table_even_background_fill": ("#ffffff", "#1f1e1b"),
        "table_odd_background_fill": ("#faf8f4", "#23211e"),
        "slider_color": (accent, dark_accent),
        "stat_background_fill": (accent, dark_accent),
        "block_shadow": ("none", "none"),
    }
    values = {name: light for name, (light, _) in pairs.items()} | {f"{name}_dark": dark for name, (_, dark) in pairs.items()}
    hue = gr.themes.Color(
        "#eef2f8", "#e6ecf5", "#ccd8ea", "#9dbbe6", "#7a9bcc", "#4a6fa5", accent, "#233f69", "#1c3355", "#152741", "#0e1a2c"
    )
    base = gr.themes.Base(
        primary_hue=hue, secondary_hue=hue, neutral_hue="stone", font=SANS, font_mono=MONO, radius_size="md", text_size="md"
    )
    return base.set(
        **values,
        block_border_width="1px",
        block_radius="10px",
        container_radius="10px",
        input_radius="7px",
        input_border_width="1px",
        button_large_radius="8px",
        button_medium_radius="8px",
        button_small_radius="8px",
        button_border_width="1px",
        block_label_text_size="*text_sm",
        block_title_text_weight="500",
        block_title_text_size="*text_sm",
        button_large_padding="7px 14px",
        button_large_text_size="*text_md",
        button_large_text_weight="500",
        button_small_text_weight="400",
        layout_gap="14px",
        form_gap_width="1px",
        color_accent=accent,
    )


@cache
def css() -> str:
    """The palette, then the stylesheets in the order of STYLES."""
    return "\n".join([palette.stylesheet(), *((HERE / name).read_text(encoding="utf-8") for name in STYLES)])


@cache
def head() -> str:
    """What goes into the page's head: the script behind keys, copying and the address."""
    script = (HERE / "page.js").read_text(encoding="utf-8")
    return f'<meta name="viewport" content="width=device-width, initial-scale=1"><script>{script}</script>'
