"""Everything the workbench can do, without a screen: no module here imports gradio or ``ner_app.ui``."""
