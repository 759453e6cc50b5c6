"""The NER workbench: browse, inspect, train, predict, evaluate and review token labels.

``ner_app.core`` works without a screen; ``ner_app.ui`` is a thin window onto it.
"""

__version__ = "0.1.0"
