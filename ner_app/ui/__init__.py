"""The screen: Gradio tabs over ``ner_app.core``."""
