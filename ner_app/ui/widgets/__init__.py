"""Plain data to escaped HTML, and the label editor: what several tabs draw with."""
