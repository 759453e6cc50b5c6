"""Starts the workbench: reads the settings, makes the core objects, builds the page, launches."""

from ner_app.ui.launch import launch

if __name__ == "__main__":
    launch()
